"""The console of a helpline: what stands on each page, what each press does, who is refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from helpline_scene import (
    give_case,
    make_case,
    make_caseworker,
    make_client,
    make_team,
    tell,
)
from staydown_web.accounts.models import Platform, Team, User
from staydown_web.audit.models import Event
from staydown_web.cases.models import Access, Authority, Case, Client, HandOver, Telling
from staydown_web.cases.selectors import messages_of
from staydown_web.cases.selectors.helplines import label_of
from staydown_web.cases.services import ask_withdrawal
from staydown_web.cases.services.accesses import share_case

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Desk:
    """Two caseworkers of one helpline, one of another, a client and a case."""

    team: Team
    mia: User
    noa: User
    stranger: User
    client: Client
    access: Access
    now: datetime

    @property
    def case(self) -> Case:
        """The case that Mia has."""
        return self.access.case


@pytest.fixture
def desk(platform: Platform) -> Desk:
    """Mia leads a helpline and has one case with a place elsewhere; Noa is her colleague."""
    now = timezone.now()
    team, other = make_team("Helpline One", now), make_team("Helpline Two", now)
    mia = make_caseworker("mia", team, leads=True)
    noa, stranger = make_caseworker("noa", team), make_caseworker("sam", other)
    client = make_client(mia, "File 7", now)
    case = make_case(platform, now, elsewhere=["board.example", "pics.example"])
    return Desk(team, mia, noa, stranger, client, give_case(case, client, mia, now), now)


@pytest.fixture
def at(client_of: Callable[..., Browser]) -> Callable[[User], Browser]:
    """A browser in which a caseworker is signed in."""
    return client_of


def page(browser: Browser, name: str, status: int = 200, **kwargs: Any) -> str:
    answer = browser.get(reverse(f"portal:{name}", kwargs=kwargs))
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def press(browser: Browser, name: str, data: dict[str, Any], status: int = 302, **kw: Any) -> Any:
    answer = browser.post(reverse(f"portal:{name}", kwargs=kw), data)
    assert answer.status_code == status, answer.content.decode()
    return answer


def test_a_caseworker_who_signs_in_comes_to_the_cases_and_sees_no_way_to_the_queue(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    browser = at(desk.mia)
    assert browser.get("/staff/", follow=True).redirect_chain[-1][0] == "/staff/helpline/"
    shown = page(browser, "caseload")
    assert desk.case.number in shown
    assert "File 7" in shown
    for forbidden in ("/staff/queue/", "/staff/banks/", "/staff/deliveries/", "/staff/audit/"):
        assert f'href="{forbidden}"' not in shown


def test_the_list_has_the_nearest_time_limit_first_and_says_what_waits(
    desk: Desk, platform: Platform, at: Callable[[User], Browser]
) -> None:
    for due in (30, 2, -5):
        case = make_case(platform, desk.now, due_in_h=due)
        give_case(case, desk.client, desk.mia, desk.now)
    answer = at(desk.mia).get(reverse("portal:caseload"))
    rows = answer.context["page"].rows
    assert [row.case.due_at for row in rows] == sorted(row.case.due_at for row in rows)
    assert [row.is_late for row in rows] == [True, False, False, False]
    assert answer.context["page"].counts == {
        "open": 4,
        "late": 1,
        "waiting": 1,
        "untold": 1,
        "ended": 0,
    }
    (waiting,) = [row for row in rows if row.case.pk == desk.case.pk]
    assert waiting.waits == ("2 places were not told",)


@pytest.mark.parametrize(
    ("query", "is_found"), [("file 7", True), ("FILE", True), ("file 8", False)]
)
def test_the_search_finds_labels_and_numbers(
    desk: Desk, at: Callable[[User], Browser], query: str, is_found: bool
) -> None:
    browser = at(desk.mia)
    for asked in (query, desk.case.number.lower() if is_found else "C-9999"):
        answer = browser.get(reverse("portal:caseload"), {"q": asked})
        assert bool(answer.context["page"].rows) is is_found
    assert ("No case is found." in answer.content.decode()) is not is_found


def test_an_empty_desk_says_how_to_begin(desk: Desk, at: Callable[[User], Browser]) -> None:
    shown = page(at(desk.noa), "caseload")
    assert "No case yet." in shown
    assert desk.case.number not in shown
    assert "Everybody was told." in page(at(desk.noa), "untold")


def test_a_case_of_another_team_or_colleague_does_not_exist_for_a_caseworker(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    for user in (desk.noa, desk.stranger):
        browser = at(user)
        page(browser, "helpline_case", status=404, case_number=desk.case.number)
        page(browser, "client", status=404, client_id=desk.client.pk)
        for name, data in (
            ("helpline_contact", {}),
            ("helpline_message", {"text": "Hello"}),
            ("helpline_add", {"urls": "https://a.example/1", "do": "add"}),
            ("hand_case", {"do": "give_back"}),
        ):
            press(browser, name, data, status=404, case_number=desk.case.number)
    assert not messages_of(desk.case)
    assert not Event.objects.filter(what="contact_viewed").exists()


def test_a_case_open_to_the_team_is_seen_by_colleagues_and_by_no_other_helpline(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    press(at(desk.mia), "hand_case", {"do": "scope", "scope": "team"}, case_number=desk.case.number)
    assert "Ana" not in page(at(desk.noa), "helpline_case", case_number=desk.case.number)
    page(at(desk.stranger), "helpline_case", status=404, case_number=desk.case.number)
    answer = at(desk.noa).post(
        reverse("portal:hand_case", kwargs={"case_number": desk.case.number}), {"do": "give_back"}
    )
    assert answer.status_code == 409  # seeing is not having


def test_each_opening_of_the_case_is_recorded(desk: Desk, at: Callable[[User], Browser]) -> None:
    for times in (1, 2):
        page(at(desk.mia), "helpline_case", case_number=desk.case.number)
        seen = Event.objects.filter(what="case_viewed", case_id=desk.case.pk)
        assert seen.count() == times
        assert seen[0].actor == f"user:{desk.mia.pk}"
        assert seen[0].subject.startswith("access:")


def test_each_opening_of_the_contact_details_is_recorded(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    browser = at(desk.mia)
    closed = page(browser, "helpline_case", case_number=desk.case.number)
    assert "ana@mail.example" not in closed
    for times in (1, 2):
        answer = press(browser, "helpline_contact", {}, status=200, case_number=desk.case.number)
        assert "ana@mail.example" in answer.content.decode()
        seen = Event.objects.filter(what="contact_viewed", case_id=desk.case.pk)
        assert seen.count() == times
        assert seen[0].actor == f"user:{desk.mia.pk}"


def test_a_pasted_list_is_read_first_and_added_with_the_second_press(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    text = """https://a.example/1
https://a.example/1#top
see https://b.example/2, and http://127.0.0.1:8161/p/9
not an address

javascript:alert(1)"""
    browser, number = at(desk.mia), desk.case.number
    before = desk.case.locations.count()
    answer = press(browser, "helpline_add", {"urls": text}, status=200, case_number=number)
    pasted = answer.context["pasted"]
    assert [site.name for site in pasted.websites] == ["Forum Example", "a.example", "b.example"]
    assert (pasted.merged, pasted.known) == (1, 0)
    assert [line.number for line in pasted.unread] == [4, 6]
    assert "Line 4:" in answer.content.decode()
    assert desk.case.locations.count() == before
    both = {"urls": text, "do": "add"}
    press(browser, "helpline_add", both, status=200, case_number=number)
    assert desk.case.locations.count() == before  # two lines cannot be read: not silently dropped
    answer = press(browser, "helpline_add", both, status=200, case_number=number)
    assert "Mend the lines that cannot be read" in answer.content.decode()
    press(browser, "helpline_add", {**both, "leave_out": "on"}, case_number=number)
    assert desk.case.locations.count() == before + 3
    added = Event.objects.get(what="items_added", case_id=desk.case.pk)
    assert added.actor == f"user:{desk.mia.pk}"


def test_places_are_marked_as_told_taken_back_and_answered(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    browser = at(desk.mia)
    shown = browser.get(reverse("portal:untold"))
    (one,) = shown.context["cases"]
    assert [site for site, _places in one.places] == ["board.example", "pics.example"]
    ids = [str(place.id) for _site, places in one.places for place in places]
    today = desk.now.date().isoformat()
    told = {"place": ids, "how": "form", "on": today, "note": "Their number is 55."}
    answer = browser.post(reverse("portal:mark_told"), told, follow=True)
    assert "2 places are marked as told." in answer.content.decode()
    assert "Everybody was told." in answer.content.decode()
    batch = Telling.objects.values_list("batch", flat=True).distinct().get()
    way = reverse("portal:undo_told", kwargs={"batch": batch})
    for seen in (answer, browser.get(reverse("portal:untold"))):  # and when one comes back
        assert seen.content.decode().count(way) == 1
    assert way not in page(at(desk.noa), "untold")
    press(browser, "undo_told", {}, batch=batch)
    assert way not in page(browser, "untold")
    assert len(browser.get(reverse("portal:untold")).context["cases"]) == 1
    press(browser, "mark_told", told)
    telling = Telling.objects.filter(undone_at=None).first()
    assert telling is not None
    assert "Their number is 55." in page(browser, "helpline_case", case_number=desk.case.number)
    press(browser, "place_answered", {"on": today}, telling_id=telling.pk)
    telling.refresh_from_db()
    assert telling.answered_on == desk.now.date()
    press(at(desk.stranger), "place_answered", {"on": today}, status=404, telling_id=telling.pk)
    press(at(desk.noa), "undo_told", {}, status=409, batch=telling.batch)


def test_a_day_to_come_is_refused_beside_its_field_and_the_choice_stays(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    place = desk.case.locations.get(position=2)
    tomorrow = (desk.now + timedelta(days=1)).date().isoformat()
    data = {"place": [str(place.pk)], "how": "email", "on": tomorrow}
    answer = press(at(desk.mia), "mark_told", data, status=400)
    shown = answer.content.decode()
    assert "This day is still to come." in shown
    assert f'value="{place.pk}" id="p-{place.pk}" checked' in shown
    assert not Telling.objects.exists()


def test_a_place_that_was_told_and_is_silent_comes_back_as_not_told(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    tell(desk.access, desk.mia, desk.now, days_ago=8)
    rows = at(desk.mia).get(reverse("portal:caseload")).context["page"].rows
    assert (rows[0].untold, rows[0].silent) == (1, 1)
    assert rows[0].deadlines[0].is_late
    assert "Told, no answer yet" in page(at(desk.mia), "untold")
    place = Telling.objects.get().location_id
    data = {"place": [str(place)], "how": "phone", "on": desk.now.date().isoformat()}
    press(at(desk.mia), "mark_told", data)
    telling = Telling.objects.get()
    assert telling.ask_again_on == desk.now.date() + timedelta(days=7)
    assert telling.told_on == desk.now.date() - timedelta(days=8)  # when it was first told stays
    rows = at(desk.mia).get(reverse("portal:caseload")).context["page"].rows
    assert (rows[0].untold, rows[0].silent) == (1, 0)


def test_the_same_words_go_to_several_cases_and_where_they_may_not_the_number_is_named(
    desk: Desk, platform: Platform, at: Callable[[User], Browser]
) -> None:
    other = make_client(desk.mia, "File 8", desk.now)
    case = make_case(platform, desk.now)
    give_case(case, other, desk.mia, desk.now)
    Authority.objects.filter(client=other).update(ended_at=desk.now)
    data = {"case": [desk.case.number, case.number], "do": "write", "text": "Please answer."}
    answer = at(desk.mia).post(reverse("portal:bulk"), data, follow=True).content.decode()
    assert "Your message was sent in 1 case." in answer
    assert f"Not sent in: {case.number}" in answer
    assert [(m.sender, m.text) for m in messages_of(desk.case)] == [("helpline", "Please answer.")]
    assert not messages_of(case)


def test_several_cases_lead_to_their_untold_places_alone(
    desk: Desk, platform: Platform, at: Callable[[User], Browser]
) -> None:
    case = make_case(platform, desk.now, elsewhere=["third.example"])
    give_case(case, desk.client, desk.mia, desk.now)
    data = {"case": [case.number], "do": "untold"}
    answer = at(desk.mia).post(reverse("portal:bulk"), data, follow=True)
    assert [one.row.case.number for one in answer.context["cases"]] == [case.number]


def test_the_list_as_a_file_holds_nothing_personal_and_is_recorded(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    Platform.objects.update(name="=cmd|Forum")
    answer = press(at(desk.mia), "export_caseload", {}, status=200)
    text = answer.content.decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["number"] == desk.case.number
    assert row["places_not_told"] == "2"
    assert row["website"].startswith("'=")
    for personal in ("File 7", "Ana", "ana@mail.example", "board.example"):
        assert personal not in text
    event = Event.objects.get(what="caseload_exported")
    assert (event.actor, event.facts) == (f"user:{desk.mia.pk}", {"count": 1})


def test_the_list_as_a_calendar_holds_moments_and_nothing_else(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    text = at(desk.mia).get(reverse("portal:caseload_calendar")).content.decode()
    assert text.count("BEGIN:VEVENT") == 1
    assert f"DTSTART:{desk.case.due_at:%Y%m%dT%H%M%S}Z" in text
    for personal in ("File 7", desk.case.number, "Forum", "board.example"):
        assert personal not in text
    assert "BEGIN:VEVENT" not in (
        at(desk.noa).get(reverse("portal:caseload_calendar")).content.decode()
    )


def test_a_client_is_added_with_their_authority_and_erased_when_nothing_goes_on(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    browser, today = at(desk.mia), desk.now.date().isoformat()
    digest = "ab" * 32
    data = {"label": "File 9", "how": "signed", "on": today, "digest": digest, "note": "By post"}
    press(browser, "clients", data)
    made = Client.objects.exclude(pk=desk.client.pk).get()
    assert label_of(made) == "File 9"
    shown = page(browser, "client", client_id=made.pk)
    assert digest in shown
    assert "By post" in shown
    assert b"File 9" not in bytes(made.label_box or b"")
    press(browser, "change_client", {"do": "label", "label": "File 10"}, client_id=made.pk)
    press(browser, "change_client", {"do": "forget"}, client_id=made.pk)
    page(browser, "client", status=404, client_id=made.pk)
    press(browser, "change_client", {"do": "forget"}, status=409, client_id=desk.client.pk)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("label", " ", "This field is required."),
        ("on", "2999-01-01", "This day is still to come."),
        ("until", "2001-01-01", "This day has gone."),
        ("digest", "xyz", "A SHA-256 sum has 64 digits"),
        ("how", "dream", "Select a valid choice."),
    ],
)
def test_what_is_wrong_with_a_new_client_is_said_beside_its_field(
    desk: Desk, at: Callable[[User], Browser], field: str, value: str, words: str
) -> None:
    good = {"label": "File 9", "how": "spoken", "on": desk.now.date().isoformat()}
    answer = press(at(desk.mia), "clients", {**good, field: value}, status=400)
    assert words in answer.content.decode()
    assert Client.objects.count() == 1


def test_without_an_authority_a_case_can_be_read_but_nothing_is_done_in_it(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    browser = at(desk.mia)
    authority = desk.client.authorities.get()
    data = {"do": "end", "authority": str(authority.pk)}
    press(browser, "change_client", data, client_id=desk.client.pk)
    assert "No authority holds." in page(browser, "helpline_case", case_number=desk.case.number)
    number = desk.case.number
    press(browser, "helpline_message", {"text": "Hi"}, status=403, case_number=number)
    page(browser, "helpline_add", status=403, case_number=number)
    page(browser, "file_link", status=403, client_id=desk.client.pk)
    page(browser, "file_notice", status=403, client_id=desk.client.pk)
    assert not messages_of(desk.case)


def test_a_hand_over_is_offered_accepted_and_nothing_is_lost(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    number = desk.case.number
    data = {"do": "offer", "taker": str(desk.noa.pk), "note": "She prefers mornings."}
    press(at(desk.mia), "hand_case", data, case_number=number)
    page(at(desk.noa), "helpline_case", status=404, case_number=number)  # asked is not having
    assert "She prefers mornings." in page(at(desk.noa), "caseload")
    offer = HandOver.objects.get()
    press(at(desk.stranger), "answer_offer", {"do": "accept"}, status=404, offer_id=offer.pk)
    press(at(desk.noa), "answer_offer", {"do": "accept"}, offer_id=offer.pk)
    shown = page(at(desk.noa), "helpline_case", case_number=number)
    assert "File 7" in shown
    assert "She prefers mornings." in shown
    page(at(desk.mia), "helpline_case", status=404, case_number=number)
    page(at(desk.noa), "client", client_id=desk.client.pk)


def test_an_offer_is_taken_back_or_declined_and_the_case_stays(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    data = {"do": "offer", "taker": str(desk.noa.pk), "note": ""}
    for who, how in ((desk.mia, "back"), (desk.noa, "decline")):
        press(at(desk.mia), "hand_case", data, case_number=desk.case.number)
        offer = HandOver.objects.get(state="offered")
        press(at(who), "answer_offer", {"do": how}, offer_id=offer.pk)
        press(at(desk.noa), "answer_offer", {"do": "accept"}, status=409, offer_id=offer.pk)
    page(at(desk.mia), "helpline_case", case_number=desk.case.number)


def test_the_lead_gives_the_cases_of_an_absent_colleague_to_another(
    desk: Desk, platform: Platform, at: Callable[[User], Browser]
) -> None:
    client = make_client(desk.noa, "File 20", desk.now)
    case = make_case(platform, desk.now)
    give_case(case, client, desk.noa, desk.now)
    User.objects.filter(pk=desk.noa.pk).update(is_active=False)
    shown = page(at(desk.mia), "team")
    assert case.number in shown
    assert "File 20" not in shown  # the lead sees who has it, not what is in it
    theirs = at(desk.mia).get(reverse("portal:team"), {"who": str(desk.noa.pk)}).context["rows"]
    assert [row.case.number for row in theirs] == [case.number]
    press(at(desk.mia), "team", {"case": [case.number], "taker": str(desk.mia.pk)})
    page(at(desk.mia), "helpline_case", case_number=case.number)
    event = Event.objects.get(what="handover_reassigned")
    assert event.actor == f"user:{desk.mia.pk}"
    assert event.facts == {"giver": str(desk.noa.pk), "taker": str(desk.mia.pk)}


def test_only_the_lead_reassigns(desk: Desk, at: Callable[[User], Browser]) -> None:
    data = {"case": [desk.case.number], "taker": str(desk.noa.pk)}
    press(at(desk.noa), "team", data, status=403)
    assert "Who has which case" not in page(at(desk.noa), "team")
    desk.access.refresh_from_db()
    assert desk.access.holder == desk.mia


def test_filing_with_links_for_a_client_gives_the_caseworker_the_case(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    browser = at(desk.mia)
    shown = page(browser, "file_link", client_id=desk.client.pk)
    assert "acts_as" not in shown
    data = link_form(browser, desk)
    urls = "http://127.0.0.1:8161/p/1\nhttp://127.0.0.1:8161/p/1\nhttps://board.example/x"
    answer = press(
        browser, "file_link", {**data, "urls": urls, "do": "send"}, 200, client_id=desk.client.pk
    )
    case = answer.context["case"]
    assert len(answer.context["words"]) == 6
    assert case.acts_as == "representative"
    assert case.locations.count() == 2
    access = Access.objects.get(case=case)
    assert (access.holder, access.origin, access.client) == (desk.mia, "filed", desk.client)
    again = press(
        browser, "file_link", {**data, "urls": urls, "do": "send"}, 200, client_id=desk.client.pk
    )
    assert again.context["case"] == case  # pressed twice, filed once
    assert Access.objects.filter(case=case).count() == 1


def link_form(browser: Browser, desk: Desk) -> dict[str, Any]:
    shown = browser.get(reverse("portal:file_link", kwargs={"client_id": desk.client.pk}))
    return {
        "token": shown.context["token"],
        "age": "adult",
        "regimes": [law["id"] for law in shown.context["laws"]],
        "authority": "We are a helpline; she asked us on paper.",
        "statement": "Shared without her consent.",
        "name": "Mia Example",
        "email": "desk@helpline.example",
        "signature": "Mia Example",
        "is_good_faith": "on",
        "on_service": "on",
        "role": "on",
        "withdrawal_mode": "immediate",
        "scope": "holder",
    }


def test_lines_that_cannot_be_read_stop_the_filing_until_they_are_left_out(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    browser = at(desk.mia)
    data = {**link_form(browser, desk), "urls": "http://127.0.0.1:8161/p/1\nnothing", "do": "send"}
    answer = press(browser, "file_link", data, 400, client_id=desk.client.pk)
    assert "Mend the lines that cannot be read" in answer.content.decode()
    assert Case.objects.count() == 1
    press(browser, "file_link", {**data, "leave_out": "on"}, 200, client_id=desk.client.pk)
    assert Case.objects.count() == 2


@pytest.mark.parametrize("age", ["minor", "unsure"])
def test_whoever_was_under_18_is_led_away_and_nothing_is_stored(
    desk: Desk, at: Callable[[User], Browser], age: str
) -> None:
    browser = at(desk.mia)
    data = {**link_form(browser, desk), "age": age, "urls": "http://127.0.0.1:8161/p/1"}
    press(browser, "file_link", {**data, "do": "send"}, 200, client_id=desk.client.pk)
    assert Case.objects.count() == 1


def test_filing_from_the_page_of_fingerprints_gives_the_caseworker_the_case(
    desk: Desk, at: Callable[[User], Browser], document: Callable[..., dict[str, Any]]
) -> None:
    browser = at(desk.mia)
    answer = browser.get(reverse("portal:file_notice", kwargs={"client_id": desk.client.pk}))
    policy = answer.headers["Content-Security-Policy"]
    assert "connect-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert answer.context["page"]["preset"] == {
        "acts_as": "representative",
        "client": str(desk.client.pk),
    }
    whole = document(
        acts_as="representative", answers={"authority": "Helpline", "text_digests": {}}
    )
    sent = press(
        browser, "file_send", {"document": json.dumps(whole)}, 200, client_id=desk.client.pk
    )
    access = Access.objects.get(case=sent.context["case"])
    assert (access.holder, access.client) == (desk.mia, desk.client)
    assert f"/staff/helpline/cases/{access.case.number}/" in sent.content.decode()


def test_a_damaged_document_is_refused_and_nothing_is_stored(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    press(at(desk.mia), "file_send", {"document": "{"}, 400, client_id=desk.client.pk)
    assert Case.objects.count() == 1


def test_the_form_with_links_says_whom_the_notice_reaches_as_her_own_form_does(
    at: Callable[[User], Browser], desk: Desk, platform: Platform
) -> None:
    def read() -> str:
        return " ".join(page(at(desk.mia), "file_link", client_id=desk.client.pk).split())

    assert f"Your notice goes to {platform.name}." in read()
    Platform.objects.create(
        name="EU Forum",
        slug="eu-forum",
        public_url="https://eu.example",
        regimes=["eu-dsa", "platform-terms"],
        created_at=platform.created_at + timedelta(hours=1),
    )

    html = read()
    own = " ".join(Browser().get("/notice/plain/").text.split())
    for words in (
        f"These take part: {platform.name}, EU Forum.",
        "Each of these applies to the websites named with it.",
        "The platform must remove it as soon as possible, at most 48 ",
        "Applies to: EU Forum.",
    ):
        assert (words in own, words in html) == (True, True), words
    assert "Your notice goes to Forum Example." not in html


SEEN_BY_HER = "the person sees it on their page"
ASKED_BACK = "Somebody with the six words asked to take this case back."


def begin_pause(case: Case, now: datetime) -> None:
    Case.objects.filter(pk=case.pk).update(withdrawal_mode="cooling")
    ask_withdrawal(case=Case.objects.get(pk=case.pk), now=now)


def test_in_the_pause_no_message_is_said_to_be_seen_on_a_page_that_looks_ended(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    known = {"case_number": desk.case.number}
    html = page(at(desk.mia), "helpline_case", **known)
    assert SEEN_BY_HER in html
    begin_pause(desk.case, desk.now)
    html = page(at(desk.mia), "helpline_case", **known)
    assert ASKED_BACK in html
    assert SEEN_BY_HER not in html
    assert "seems to have ended and shows no messages meanwhile" in html


@pytest.mark.parametrize("is_pausing", [False, True])
def test_taking_a_case_on_says_what_holds_while_it_is_taken_back(
    desk: Desk, at: Callable[[User], Browser], platform: Platform, is_pausing: bool
) -> None:
    case = make_case(platform, desk.now)
    access = share_case(case=case, team=desk.team, now=desk.now)
    if is_pausing:
        begin_pause(case, desk.now)
    html = page(at(desk.mia), "take_on", access_id=access.pk)
    assert ("They can end this at any time." in html) is not is_pausing
    assert (ASKED_BACK in html) is is_pausing
    address = reverse("portal:take_on", kwargs={"access_id": access.pk})
    html = at(desk.mia).post(address, {"do": "decline"}, follow=True).content.decode()
    assert "The case was not taken on." in html
    assert ("page says so." in html) is not is_pausing
