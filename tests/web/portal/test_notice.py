"""Checking and sending: the receipt, the remedies, and that one press files once."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case, Item, Location
from staydown_web.portal.models import Sending

pytestmark = pytest.mark.django_db
Document = Callable[..., dict[str, Any]]
Send = Callable[[dict[str, Any]], Any]

SIGN = '<p class="help" id="h-signature">Write your first and last name here.'
TWO_NAMES = "It can be another name than the one you gave further up"


def test_the_page_of_a_notice_knows_the_law_and_its_texts(person: Client, platform: Any) -> None:
    page = person.get("/notice/").context["page"]

    assert page["offered"]["published"] == ["us-tida"]
    assert page["offered"]["threatened"] == ["platform-terms"]
    law = page["laws"]["us-tida"]
    assert law["elements"][0]["id"] == "signature"
    assert len(law["texts"]["self"]["digest"]) == 64


def test_a_complete_notice_gives_number_words_and_a_running_clock(
    send: Send, document: Document
) -> None:
    answer = send(document())

    case = Case.objects.get()
    html = answer.content.decode()
    assert case.number in html
    assert len(answer.context["words"]) == 6
    assert case.due_at is not None
    assert "The time limit of the law has started." in html
    assert Item.objects.count() == Location.objects.count() == 1


def test_it_is_said_that_the_words_are_english(
    send: Send, document: Document, person: Client
) -> None:
    said = "The six words are English, whatever language you use here."
    receipt = send(document()).text
    assert said in receipt
    assert 'id="phrase" lang="en"' in receipt
    assert said in person.get(reverse("portal:case")).text


def test_the_words_are_not_in_the_database(send: Send, document: Document) -> None:
    phrase = send(document()).context["phrase"]

    for model in apps.get_models():
        for row in model.objects.values():
            for value in row.values():
                shown = (
                    bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                )
                assert phrase.encode() not in shown


def test_the_same_draft_sent_twice_files_once_and_gives_the_same_receipt(
    send: Send, document: Document
) -> None:
    whole = document()

    first, second = send(whole), send(whole)

    assert Case.objects.count() == 1
    assert first.context["phrase"] == second.context["phrase"]
    assert Sending.objects.get().token_blind != whole["token"]


@pytest.mark.parametrize("is_ready", [True, False])
@pytest.mark.parametrize("name", ["portal:notice", "portal:plain"])
def test_a_pause_that_nobody_can_be_asked_to_stop_is_said_to_be_one(
    person: Client, platform: Any, settings: Any, name: str, *, is_ready: bool
) -> None:
    settings.STAYDOWN_MAIL_READY = is_ready
    html = person.get(reverse(name)).content.decode()
    assert ("They get one neutral message" in html) == is_ready
    assert ('id="safe_contact"' in html) == is_ready
    assert ("After a pause that a safe contact can stop" in html) == is_ready
    assert ("After a pause that a help line can stop" in html) != is_ready
    assert ("so nobody else is asked or told" in html) != is_ready


def test_threatened_needs_no_address_and_starts_no_clock(send: Send, document: Document) -> None:
    answer = send(document(way="threatened"))

    case = Case.objects.get()
    assert (case.due_at, case.valid_at is not None) == (None, True)
    assert "held until a person has decided" in answer.content.decode()


def test_link_alone_needs_no_file(send: Send, document: Document) -> None:
    send(document(way="link", files=[]))

    assert Case.objects.get().way == "link"


def test_a_notice_that_lacks_something_is_taken_and_the_receipt_says_so(
    send: Send, document: Document
) -> None:
    answer = send(document(answers={"signature": ""}))

    assert Case.objects.get().valid_at is None
    assert "Something is still missing" in answer.content.decode()


@pytest.mark.parametrize("value", [False, None, "true", 1])
def test_nothing_of_someone_under_18_is_stored(send: Send, document: Document, value: Any) -> None:
    before = Case.objects.count()

    answer = send(document(adult_in_picture=value))

    assert (answer.status_code, Case.objects.count()) == (400, before)
    assert Item.objects.count() == Sending.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"urls": ["no address at all"]}, "write a full address"),
        ({"regimes": []}, "Choose at least one law"),
        ({"acts_as": "representative"}, "how the person shown asked you to act"),
        ({"withdrawal_mode": "cooling"}, "someone who can stop it"),
        ({"answers": {"email": "ana"}}, "name@mail.example"),
        ({"way": "nonsense"}, "Choose one of the answers"),
    ],
)
def test_what_is_wrong_comes_back_with_a_remedy_and_nothing_is_stored(
    send: Send, document: Document, changes: dict[str, Any], remedy: str, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    answer = send(document(**changes))

    assert answer.status_code == 400
    assert remedy in answer.content.decode()
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 2}',
        '{"version": 1, "token": "short"}',
        json.dumps({"version": 1, "token": "0" * 32, "unknown": 1}),
        json.dumps({"version": 1, "token": "0" * 32, "files": {}}),
        json.dumps({"version": 1, "token": "0" * 32, "files": [{"size_bytes": "1"}]}),
        json.dumps({"version": 1, "token": "0" * 32, "urls": [1]}),
        json.dumps({"version": 1, "token": "0" * 32, "answers": {"email": 1}}),
        json.dumps({"version": 1, "token": "0" * 32, "answers": {"text_digests": [1]}}),
        "[" * 100_000,
    ],
)
def test_a_damaged_document_is_refused_calmly(person: Client, platform: Any, text: str) -> None:
    answer = person.post("/notice/send/", {"document": text})

    assert answer.status_code == 400
    assert "Nothing was stored" in answer.content.decode()
    assert Case.objects.count() == 0


def test_a_damaged_fingerprint_is_refused_without_being_quoted(
    send: Send, document: Document
) -> None:
    whole = document()
    whole["files"][0]["fingerprint"]["signals"][0]["value"] = "xyz-secret"

    html = send(whole).content.decode()

    assert "Please choose the file again" in html
    assert "xyz-secret" not in html


def test_a_script_in_her_words_stays_words(send: Send, document: Document, person: Client) -> None:
    whole = document(urls=["<script>alert(1)</script>"])

    html = send(whole).content.decode()

    assert "<script>alert(1)" not in html


def test_the_plain_page_files_a_link_without_javascript(person: Client, platform: Any) -> None:
    answer = person.post(
        "/notice/plain/",
        {
            "token": "a" * 32,
            "age": "adult",
            "urls": "http://127.0.0.1:8161/p/1\n\nhttp://127.0.0.1:8161/p/2",
            "acts_as": "self",
            "email": "ana@mail.example",
            "is_good_faith": "on",
            "signature": "Ana Example",
            "withdrawal_mode": "immediate",
        },
    )

    case = Case.objects.get()
    assert case.number in answer.content.decode()
    assert (case.way, case.locations.count(), case.due_at is not None) == ("link", 2, True)


def test_the_plain_page_keeps_what_was_typed_beside_the_remedies(
    person: Client, platform: Any
) -> None:
    typed = {"age": "adult", "urls": "http://127.0.0.1:8161/p/1", "email": "ana", "acts_as": "self"}

    answer = person.post("/notice/plain/", typed)

    html = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="ana"' in html
    assert "name@mail.example" in html
    assert html.count('<p class="error"') == html.count('href="#i-look"/></svg>') - 1 > 0
    assert Case.objects.count() == 0


@pytest.mark.parametrize("age", ["minor", "unsure"])
def test_the_plain_page_leads_someone_under_18_away(
    person: Client, platform: Any, age: str
) -> None:
    html = person.post("/notice/plain/", {"age": age, "urls": "http://x.example"}).content.decode()

    assert "We have kept nothing" in html
    assert Case.objects.count() == 0


def test_the_plain_page_asks_for_the_age_where_it_was_left_out(
    person: Client, platform: Any
) -> None:
    html = person.post("/notice/plain/", {"urls": "http://x.example"}).content.decode()

    assert html.count("Please choose one of the three answers") == 2  # above all, and at its place
    assert Case.objects.count() == 0


def test_with_one_website_the_page_names_it_and_tells_no_laws_apart(
    person: Client, platform: Any
) -> None:
    answer = person.get("/notice/")

    assert "Your notice goes to Forum Example." in answer.text
    assert "websites" not in answer.context["page"]
    assert "websites" not in answer.context["page"]["laws"]["us-tida"]
    assert "Applies to:" not in answer.text + person.get("/notice/plain/").text


PLAIN_WHOLE = {
    "age": "adult", "urls": "http://127.0.0.1:8161/p/1", "acts_as": "self",
    "email": "ana@mail.example", "is_good_faith": "on", "signature": "Ana Example",
    "withdrawal_mode": "immediate",
}  # fmt: skip


@pytest.mark.parametrize("check", ["", "yes"], ids=["sent", "checked"])
def test_the_plain_page_names_all_that_is_wrong_at_once(
    person: Client, platform: Any, check: str
) -> None:
    typed = {"urls": "nonsense", "signature": "x" * 201, "place": "y" * 1001, "check": check}
    page = unescape(person.post("/notice/plain/", typed).text)
    listed = page.split("Please look at these points first")[1].split("</ul>")[0]
    for field in ("is_adult_in_picture", "urls", "signature", "place", "acts_as"):
        assert f'href="#f-{field}"' in listed, field
    assert "this text has 201 letters" in listed
    assert page.count("this text has 1001 letters") == 2, "at its field too"


def test_what_is_refused_is_not_called_complete(person: Client, platform: Any) -> None:
    typed = {**PLAIN_WHOLE, "check": "yes"}
    whole = unescape(person.post("/notice/plain/", typed).text)
    assert "Your notice is complete under every rule" in whole
    assert ">Complete<" in whole
    refused = unescape(person.post("/notice/plain/", typed | {"place": "y" * 1001}).text)
    assert "this text has 1001 letters" in refused
    assert "complete under every rule" not in refused
    assert ">Complete<" not in refused
    assert "It cannot be sent yet: see the points above." in refused


@pytest.mark.parametrize("laws", [["us-tida"], ["us-tida", "eu-dsa"]])
def test_the_plain_page_says_how_to_sign_beside_the_field(
    person: Client, platform: Platform, laws: list[str]
) -> None:
    platform.regimes = laws
    platform.save()
    page = person.get("/notice/plain/")
    assert SIGN in page.text
    assert 'name="signature" maxlength="200" aria-describedby="h-signature"' in page.text
    assert (TWO_NAMES in page.text) == ("eu-dsa" in laws)  # which asks for a name too


@pytest.mark.parametrize("path", ["/notice/", "/notice/plain/"])
def test_with_two_websites_each_law_names_its_own_and_the_page_who_is_reached(
    person: Client, forum: Platform, path: str
) -> None:
    html = " ".join(person.get(path).text.split())

    assert "These take part: Forum Example, EU Forum." in html
    assert "Your notice goes to Forum Example." not in html
    for law, names in (("us-tida", "Forum Example"), ("eu-dsa", "EU Forum")):
        assert f"Applies to: {names}." in html[html.index(f'value="{law}"') :].split("</label>")[0]
    assert "These apply to this website." not in html


def test_the_page_knows_what_is_offered_to_which_website(person: Client, forum: Platform) -> None:
    page = person.get("/notice/").context["page"]

    assert page["offered"]["published"] == ["eu-dsa", "us-tida", "platform-terms"]
    ours, theirs = page["websites"]
    assert (ours["origins"], ours["offered"]["link"]) == (["http://127.0.0.1:8161"], ["us-tida"])
    assert theirs["origins"] == [
        "http://eu.example", "http://www.eu.example",
        "https://eu.example", "https://www.eu.example",
    ]  # fmt: skip
    assert theirs["offered"] == {
        "published": ["eu-dsa", "platform-terms"],
        "link": ["eu-dsa", "platform-terms"],
        "threatened": ["platform-terms"],
    }


def test_a_law_that_does_not_bind_the_website_of_an_address_is_not_filed(
    send: Send, document: Document, person: Client, forum: Platform
) -> None:
    answer = send(document(urls=["https://eu.example/p/1"]))

    assert answer.status_code == 400
    assert "These rules do not apply to the websites of your addresses" in answer.text
    assert "Choose from these: European Union" in answer.text
    typed = {
        "age": "adult", "urls": "https://eu.example/p/1", "acts_as": "self", "check": "yes",
        "regimes": ["us-tida"], "signature": "Ana", "is_good_faith": "on",
        "withdrawal_mode": "immediate", "email": "ana@mail.example", "statement": "It is me.",
    }  # fmt: skip
    checked = person.post("/notice/plain/", typed)
    assert "These rules do not apply to the websites of your addresses" in checked.text
    assert not checked.context["check"].is_whole
    assert not Case.objects.exists()


def test_the_receipt_of_two_websites_says_whose_limit_runs(
    send: Send, document: Document, forum: Platform
) -> None:
    html = send(document(urls=["http://127.0.0.1:8161/p/1", "https://eu.example/p/1"])).text
    assert "Applies to: Forum Example." in html


def test_without_an_address_she_chooses_the_website_and_the_page_says_whom_it_reaches(
    send: Send, document: Document, person: Client, forum: Platform
) -> None:
    page = person.get("/notice/")
    html = " ".join(page.text.split())
    assert [one["id"] for one in page.context["page"]["websites"]] == ["forum-example", "eu-forum"]
    for slug in ("forum-example", "eu-forum"):
        assert f'<input type="radio" name="website" value="{slug}">' in html
    assert "Without an address, you choose one of them in step 3." in html

    theirs = {"urls": [], "answers": {"place": "The third picture"}}
    refused = send(document(**theirs, website="eu-forum"))
    assert refused.status_code == 400
    assert "These rules do not apply to EU Forum: United States" in refused.text
    assert "Choose from these: European Union" in refused.text
    gone = send(document(**theirs, website="gone"))
    assert '<li data-field="website">Choose the website that your notice is for.' in gone.text
    assert not Case.objects.exists()

    answer = send(document(**theirs, website="forum-example"))
    assert "<dt>Your notice went to</dt><dd>Forum Example</dd>" in answer.text
    assert Case.objects.get().platform.slug == "forum-example"


def test_the_receipt_names_the_websites_of_the_addresses_and_of_a_threat_none(
    send: Send, document: Document, forum: Platform
) -> None:
    said = "<dt>Your notice went to</dt><dd>"
    both = document(urls=["http://127.0.0.1:8161/p/1", "https://eu.example/p/1"])
    assert f"{said}Forum Example, EU Forum</dd>" in send(both).text
    assert said not in send(document(way="threatened")).text
    forum.delete()
    assert said not in send(document()).text, "one alone is served"
