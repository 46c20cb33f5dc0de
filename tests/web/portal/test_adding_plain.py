"""Adding to a case without scripts: addresses and missing answers, on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Notice
from staydown_web.cases.services.places import url_of
from staydown_web.portal.models import OpenPage, Tally
from staydown_web.portal.services import caps
from staydown_web.regimes.selectors import regime, signing_text, text_digest

pytestmark = pytest.mark.django_db

Opened = Callable[..., tuple[Client, Case]]
PATH = "/case/add/plain/"
ONE, TWO = "http://127.0.0.1:8161/p/8", "http://127.0.0.1:8161/p/9"
SIGNED = {"is_good_faith": "on", "signature": "Ana Example"}


def urls(case: Case) -> list[str]:
    return [url_of(place) for place in case.locations.order_by("position", "added_at")]


def shown(law: str) -> str:
    return f"{law}={text_digest(signing_text(regime(law), 'en', 'self'))}"


def test_addresses_are_added_one_a_line_and_her_page_says_so(opened: Opened) -> None:
    person, case = opened()

    answer = person.post(PATH, {"urls": f"{ONE}\r\n\r\n {TWO} \r\n"}, follow=True)

    assert set(urls(case)) >= {ONE, TWO}
    assert case.locations.count() == 3
    assert "What you added is there." in answer.text
    assert answer.redirect_chain == [("/case/page/?s=1#said", 302)]


def test_the_page_of_adding_leads_there_without_scripts(opened: Opened) -> None:
    person, _case = opened()

    for path in ("/case/add/", "/case/add/send/"):
        note = person.get(path).text.partition("<noscript>")[2].partition("</noscript>")[0]
        assert f'href="{PATH}"' in note
        assert "/notice/plain/" not in note


def test_only_what_is_missing_is_asked(opened: Opened) -> None:
    person, _case = opened(answers={"signature": "", "email": ""})

    answer = person.get(PATH)

    assert answer.context["asked"].fields == {"signature", "email", "phone"}
    assert 'name="signature"' in answer.text
    assert "Type your full name under the text" in answer.text
    assert "Write your first and last name here." in answer.text
    assert 'aria-describedby="h-signature"' in answer.text
    assert signing_text(regime("us-tida"), "en", "self").split("\n\n")[0] in answer.text
    for name in ("is_good_faith", "statement", "authority", "role", "on_service", "name"):
        assert f' name="{name}"' not in answer.text, name


def test_what_is_complete_is_asked_for_addresses_alone(opened: Opened) -> None:
    person, _case = opened()

    answer = person.get(PATH)

    assert answer.context["asked"].shown == frozenset()
    assert "Read and sign" not in answer.text
    assert "Pictures and videos cannot be added on this page" in answer.text
    assert "needs JavaScript, or the free program Staydown" in answer.text


def test_missing_answers_make_the_notice_complete_and_its_signature_is_recorded(
    opened: Opened,
) -> None:
    person, case = opened(answers={"signature": "", "is_good_faith": False, "email": ""})

    answer = person.post(
        PATH, {**SIGNED, "email": "ana@mail.example", "shown": shown("us-tida")}, follow=True
    )

    case.refresh_from_db()
    assert case.valid_at is not None
    assert "What you added is there." in answer.text
    signature = case.signatures.order_by("-signed_at").first()
    assert signature is not None
    assert (signature.is_typed, signature.was_sent_back) == (True, True)


def test_part_of_what_is_missing_is_taken_and_the_rest_is_asked_again(opened: Opened) -> None:
    person, case = opened(answers={"signature": "", "email": ""})

    person.post(PATH, {"email": "ana@mail.example"})

    case.refresh_from_db()
    assert case.valid_at is None
    assert person.get(PATH).context["asked"].fields == {"signature"}


def test_where_it_is_can_be_said_in_words(opened: Opened) -> None:
    person, case = opened(urls=[])
    assert person.get(PATH).context["asked"].fields == {"urls", "place"}

    person.post(PATH, {"place": "The third picture of that profile."})

    case.refresh_from_db()
    assert case.valid_at is not None


@pytest.mark.parametrize(
    ("typed", "field", "remedy"),
    [
        ({"urls": f"{ONE}\nno address"}, "urls", "Address 2: write a full address"),
        ({"email": "nowhere"}, "email", "Please write a full address, such as"),
        ({"phone": "none"}, "phone", "Write the number with its digits"),
        ({"urls": "\n".join(f"{ONE}{n}" for n in range(501))}, "urls", "at most 500"),
        ({}, "urls", "or one of the answers that are missing"),
        ({"email": "  "}, "urls", "or one of the answers that are missing"),
    ],
)
def test_what_is_wrong_comes_back_with_all_that_was_typed(
    typed: dict[str, str], field: str, remedy: str, opened: Opened
) -> None:
    person, case = opened(answers={"signature": "", "email": "", "is_good_faith": False})
    whole = {**typed, "place": ""}
    if typed:
        whole |= {"place": "On the left.", "signature": "Ana Typed", "is_good_faith": "on"}
    if remedy.startswith("or one") and typed:
        whole = typed

    answer = person.post(PATH, whole)

    assert answer.status_code == 400
    assert set(answer.context["errors"]) == {field}
    assert remedy in answer.context["errors"][field]
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}"' in answer.text
    for text in filter(None, (value.strip() for name, value in whole.items() if value != "on")):
        assert text in answer.text
    assert answer.text.count(" checked") == ("is_good_faith" in whole)
    assert case.locations.count() == 1
    case.refresh_from_db()
    assert case.valid_at is None


def test_what_is_complete_cannot_be_answered_again(opened: Opened) -> None:
    person, case = opened()
    before = bytes(Notice.objects.get().box or b"")

    answer = person.post(PATH, {**SIGNED, "email": "eve@mail.example", "shown": shown("us-tida")})

    assert answer.status_code == 400
    assert answer.context["errors"] == {"urls": "Give at least one full address."}
    person.post(PATH, {"urls": ONE, "email": "eve@mail.example"})
    case.refresh_from_db()
    held = unseal_for_case(case.pk, bytes(case.details_box or b""), context="details")
    assert held["email"] == "ana@mail.example"
    assert bytes(Notice.objects.get().box or b"") == before


def test_a_text_that_changed_meanwhile_is_not_signed(opened: Opened) -> None:
    person, case = opened(answers={"signature": ""})

    answer = person.post(PATH, {"signature": "Ana Example", "shown": "us-tida=" + "0" * 64})

    assert answer.status_code == 400
    assert "The text has changed" in answer.context["errors"]["signature"]
    assert 'value="Ana Example"' in answer.text
    case.refresh_from_db()
    assert case.valid_at is None


def test_who_acts_for_another_declares_and_signs_their_own_text_under_each_law(
    opened: Opened, platform: Platform
) -> None:
    platform.regimes = ["us-tida", "uk-osa"]
    platform.save()
    left_out = {
        "signature": "",
        "is_good_faith": False,
        "text_digests": {},
        "authority": "A friend.",
    }
    person, case = opened(acts_as="representative", regimes=["us-tida", "uk-osa"], answers=left_out)
    page = person.get(PATH)
    assert page.context["asked"].fields == {"signature", "is_good_faith", "on_service", "role"}
    own = [signing_text(regime(law), "en", "representative") for law in case.regimes]
    assert ["\n\n".join(law["paragraphs"]) for law in page.context["asked"].texts] == own

    person.post(PATH, {**SIGNED, "on_service": "on", "role": "on"})

    assert not case.notices.filter(valid_at=None).exists()


class TestAThreat:
    def test_an_address_says_that_it_came_true_and_is_signed_there(self, opened: Opened) -> None:
        person, case = opened(way="threatened")
        asked = person.get(PATH).context["asked"]
        assert asked.fields == frozenset()
        assert {"signature", "is_good_faith"} <= asked.online_fields
        assert [law["id"] for law in asked.online_texts] == ["us-tida"]

        person.post(PATH, {"urls": ONE, **SIGNED, "shown": shown("us-tida")})

        case.refresh_from_db()
        assert (case.way, case.regimes) == ("published", ["platform-terms", "us-tida"])
        assert case.due_at is not None

    def test_without_an_address_nothing_is_signed(self, opened: Opened) -> None:
        person, case = opened(way="threatened")

        answer = person.post(PATH, {**SIGNED, "shown": shown("us-tida")})

        assert answer.status_code == 400
        assert "checked" in answer.text
        assert case.signatures.count() == 1


def test_more_than_a_day_takes_comes_back_as_it_was_typed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, case = opened()
    monkeypatch.setitem(caps.MOST_A_DAY, Tally.What.WRITE, 0)

    answer = person.post(PATH, {"urls": ONE})

    assert answer.status_code == 429
    assert ONE in answer.text
    assert "send it tomorrow" in answer.text
    assert case.locations.count() == 1


def test_a_page_that_was_closed_meanwhile_gives_back_what_was_written(opened: Opened) -> None:
    person, case = opened(answers={"statement": ""})
    OpenPage.objects.all().delete()

    answer = person.post(PATH, {"urls": f"{ONE}\n{TWO}", "statement": "This is me."})

    assert answer.status_code == 403
    assert answer.context["written"] == f"{ONE}\n{TWO}\n\nThis is me."
    assert case.locations.count() == 1


def test_a_case_that_was_taken_back_takes_nothing_more(opened: Opened) -> None:
    person, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    person.post("/case/withdraw/")

    for answer in (person.get(PATH), person.post(PATH, {"urls": ONE})):
        assert answer.headers["Location"] == "/case/page/"
    assert case.locations.count() == 1


def test_a_forged_form_adds_nothing(opened: Opened) -> None:
    person, case = opened()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = person.cookies

    assert strict.post(PATH, {"urls": ONE}).status_code == 403
    assert case.locations.count() == 1


def test_the_form_may_be_sent_to_ourselves_alone(opened: Opened) -> None:
    person, _case = opened()

    policy: Any = person.get(PATH).headers["Content-Security-Policy"]

    assert "form-action 'self'" in policy
    assert "connect-src 'none'" in policy
