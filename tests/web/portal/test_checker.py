"""The server's own check: the form without JavaScript, the receipt, and it equals the judgement."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from staydown_web.portal.selectors.notice import adding_facts
from staydown_web.portal.selectors.providers import elsewhere_line
from staydown_web.regimes.selectors import regimes, start_note

pytestmark = pytest.mark.django_db
LAWS = ["us-tida", "eu-dsa", "uk-osa"]
WHOLE = {
    "age": "adult",
    "urls": "http://127.0.0.1:8161/p/1",
    "acts_as": "self",
    "regimes": LAWS,
    "statement": "This is me. I never agreed.",
    "name": "Ana Example",
    "email": "ana@mail.example",
    "withdrawal_mode": "immediate",
    "is_good_faith": "on",
    "on_service": "on",
    "role": "on",
    "signature": "Ana Example",
}


@pytest.fixture(autouse=True)
def _bound_by_three_laws(platform: Platform) -> None:
    platform.regimes = LAWS
    platform.save()


def states(answer: Any) -> dict[str, bool]:
    return {card.id: card.is_valid for card in answer.context["check"].cards}


def test_one_notice_is_shown_valid_under_three_laws(person: Client) -> None:
    said = "“Check first” sends it here to be checked: nothing of it is kept."
    assert said in person.get("/notice/plain/").text
    answer = person.post("/notice/plain/", {**WHOLE, "check": "yes"})

    assert states(answer) == dict.fromkeys(LAWS, True)
    assert "complete under every rule that it follows" in answer.content.decode()
    assert not Case.objects.exists(), "a check stores nothing"


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("signature", {"us-tida": ["signature"]}),
        ("name", {"eu-dsa": ["name"]}),
        ("statement", {"eu-dsa": ["explanation"]}),
        ("on_service", {"uk-osa": ["on_service"]}),
        ("role", {"uk-osa": ["role"]}),
        ("email", {"us-tida": ["contact"], "eu-dsa": ["email"], "uk-osa": ["contact"]}),
        (
            "is_good_faith",
            {"us-tida": ["good_faith"], "eu-dsa": ["good_faith"], "uk-osa": ["good_faith"]},
        ),
    ],
)
def test_what_is_missing_is_named_law_by_law_and_filing_says_the_same(
    person: Client, left_out: str, missing: dict[str, list[str]]
) -> None:
    typed = {name: value for name, value in WHOLE.items() if name != left_out}

    checked = person.post("/notice/plain/", {**typed, "check": "yes"})
    filed = person.post("/notice/plain/", typed)

    for answer in (checked, filed):
        found = {
            card.id: [row.id for row in card.requirements if not row.is_met]
            for card in answer.context["check"].cards
        }
        assert {id_: ids for id_, ids in found.items() if ids} == missing
        page = answer.content.decode()
        for card in answer.context["check"].cards:
            for row in card.requirements:
                assert row.is_met or row.remedy in page
    judged = {notice.regime: notice.valid_at is None for notice in Case.objects.get().notices.all()}
    assert {id_ for id_, lacks in judged.items() if lacks} == set(missing)


def test_an_address_elsewhere_is_no_address_here(person: Client) -> None:
    typed = {**WHOLE, "urls": "https://elsewhere.example/p/1", "check": "yes"}
    answer = person.post("/notice/plain/", typed)
    assert states(answer) == {"us-tida": False, "eu-dsa": False, "uk-osa": False}


def test_somebody_who_acts_for_another_is_asked_by_what_right(person: Client) -> None:
    typed = {**WHOLE, "acts_as": "representative", "check": "yes"}
    assert states(person.post("/notice/plain/", typed)) == {
        "us-tida": False,
        "eu-dsa": True,
        "uk-osa": False,
    }
    typed["authority"] = "I am her lawyer. She asked me on the telephone today."
    assert set(states(person.post("/notice/plain/", typed)).values()) == {True}


def test_without_a_rule_there_is_nothing_to_check(person: Client) -> None:
    answer = person.post("/notice/plain/", {**WHOLE, "regimes": [], "check": "yes"})
    assert answer.context["check"] is None
    assert answer.status_code == 400


def test_checking_first_says_all_that_sending_would_refuse_and_counts_none_of_it(
    person: Client,
) -> None:
    typed = {**WHOLE, "email": "ana@mail", "acts_as": "", "withdrawal_mode": "", "check": "yes"}
    answer = person.post("/notice/plain/", typed)
    assert set(answer.context["errors"]) == {"email", "acts_as", "withdrawal_mode"}
    assert len(set(answer.context["errors"].values())) == 3, "each can be told from the others"
    assert states(answer) == {"us-tida": False, "eu-dsa": False, "uk-osa": False}


def test_each_thing_that_is_missing_leads_to_its_field(person: Client) -> None:
    acting = {"age": "adult", "acts_as": "representative", "regimes": LAWS, "check": "yes"}
    page = person.post("/notice/plain/", acting).content.decode()
    links = re.findall(r'class="remedy" href="#([^"]+)"', page)
    assert set(links) >= {"f-urls", "f-on_service", "f-role", "f-authority", "f-signature"}
    for link in links:
        assert page.count(f'id="{link}"') == 1, link


def test_a_line_that_counts_under_no_law_is_named(person: Client) -> None:
    urls = "http://127.0.0.1:8161/p/1\nhttps://elsewhere.example/p/1"
    answer = person.post("/notice/plain/", {**WHOLE, "urls": urls, "check": "yes"})
    assert answer.context["check"].remarks == (elsewhere_line().format(n=2),)
    assert "Line 2: this website has not joined, so we cannot act there. You can write" in str(
        answer.context["check"].remarks
    )
    assert "Line 2: this website has not joined" in answer.content.decode()


def test_the_receipt_names_each_website_that_has_not_joined_once(person: Client) -> None:
    away = "\n".join(f"https://elsewhere.example/p/{n}" for n in range(3))
    urls = f"http://127.0.0.1:8161/p/1\n{away}\nhttps://other.example/p/1"
    answer = person.post("/notice/plain/", {**WHOLE, "urls": urls})
    words = (
        "This website has not joined, so we cannot act there. You can write to it yourself: look "
        "for “Report”, “Take it down” or “Contact” at the foot of its pages. A help line can do it "
        "with you."
    )
    assert answer.context["check"].remarks == (
        f"elsewhere.example (3): {words}",
        f"other.example (1): {words}",
    )


def test_a_law_whose_start_is_not_confirmed_says_so_on_the_form_and_on_the_receipt(
    person: Client,
) -> None:
    note = start_note(regimes()["uk-osa"])
    assert person.get("/notice/plain/").content.decode().count(note) == 1
    assert person.post("/notice/plain/", WHOLE).content.decode().count(note) == 1


def test_the_receipt_says_no_time_has_started_where_that_is_not_sure(person: Client) -> None:
    def lead(**more: Any) -> str:
        page = person.post("/notice/plain/", WHOLE | more).content.decode()
        found = re.search(r'<p class="lead">(.*?)</p>', page)
        assert found
        return found[1]

    assert "The time limit of the law has started." in lead()
    assert lead(regimes=["uk-osa"]) == "Your notice is complete under every rule that it follows."
    assert "under 2 of 3 rules" in lead(signature="")
    assert "Something is still missing" in lead(is_good_faith="")


def test_the_receipt_promises_that_copies_are_held_only_once_a_notice_is_complete(
    person: Client,
) -> None:
    assert "Within minutes" in person.post("/notice/plain/", WHOLE).text
    page = person.post("/notice/plain/", WHOLE | {"is_good_faith": ""}).text
    assert "We wait for what is missing" in page
    assert "Within minutes" not in page


def test_the_receipt_shows_what_was_signed_as_the_record_holds_it(person: Client) -> None:
    answer = person.post("/notice/plain/", WHOLE)
    page = answer.content.decode()
    assert [one.law for one in answer.context["signed"]] == [
        regimes()[id_].short_title for id_ in LAWS
    ]
    for id_ in LAWS:
        for line in regimes()[id_].texts["self"]:
            assert line in page
    for record in Case.objects.get().signatures.all():
        assert record.digest in page


@pytest.mark.parametrize("laws", list(itertools.permutations(LAWS)), ids="-".join)
def test_what_is_missing_is_asked_for_in_the_order_in_which_the_laws_were_chosen(
    person: Client, laws: tuple[str, ...]
) -> None:
    person.post("/notice/plain/", {**WHOLE, "regimes": laws, "is_good_faith": ""})
    assert adding_facts(Case.objects.get())["unsigned"] == list(Case.objects.get().regimes)
    assert set(Case.objects.get().regimes) == set(laws)


def test_the_receipt_shows_the_same_cards(
    send: Callable[[dict[str, Any]], Any], document: Callable[..., dict[str, Any]]
) -> None:
    answer = send(document(regimes=LAWS, answers={"text_digests": {}}))
    assert states(answer) == {"us-tida": True, "eu-dsa": False, "uk-osa": False}
    assert "under 1 of 3 rules" in answer.content.decode()
