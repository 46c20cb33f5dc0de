"""The pages of first notices: what waits, signing, pasting, channels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.escalation.models import Report, Sender, Site, SiteChannel, WaitingPlace
from staydown_web.escalation.services.signing import send_back

from .conftest import NAME, PICS, all_made, signed, to_engines, to_sites

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sender")]
REDDIT = "https://www.reddit.com/r/example/1"


@pytest.fixture
def case(filed: Any, pics: Site, now: datetime) -> Case:
    """Links on a site that takes letters, one that has a form, and one that nobody knows."""
    made: Case = filed(PICS, "https://pics.example/v/2", REDDIT, "https://new.example/1")
    all_made(now)
    return made


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def page(name: str, *args: Any) -> str:
    return reverse(f"escalation:{name}", args=args)


def test_the_list_opens_where_a_person_is_needed_first(case: Case, reviewer_client: Client) -> None:
    text = text_of(reviewer_client, page("first"))
    assert 'href="?group=sign" aria-current="page"' in text
    assert "Google Search" in text
    assert "Reddit" in text
    assert "pics.example" in text
    assert case.number in text


def test_sites_that_nobody_knows_have_a_group_of_their_own(
    case: Case, reviewer_client: Client
) -> None:
    text = text_of(reviewer_client, page("first") + "?group=channel")
    assert "new.example" in text
    site = WaitingPlace.objects.get().site
    assert page("first_channel", site.pk) in text


@pytest.mark.parametrize("group", ["paste", "way", "running", "answered", "back", "nonsense"])
def test_every_group_opens(case: Case, reviewer_client: Client, group: str) -> None:
    assert "First notices" in text_of(reviewer_client, page("first") + f"?group={group}")


def test_a_notice_shows_what_leaves_and_what_of_her(case: Case, reviewer_client: Client) -> None:
    notice = next(one for one in to_sites(case) if one.channel == "site")
    text = text_of(reviewer_client, page("first_notice", notice.pk))
    assert NAME in text
    assert "the name under it" in text
    assert "It names 2 links" in text
    assert "A colleague entered where it goes" in text
    assert "Sign and send" in text


def test_each_look_at_a_notice_is_an_event_of_her_case(
    case: Case, reviewer: User, reviewer_client: Client
) -> None:
    text_of(reviewer_client, page("first_notice", to_sites(case)[0].pk))
    seen = Event.objects.get(what="case_viewed")
    assert (seen.case_id, seen.actor) == (case.pk, f"user:{reviewer.pk}")


def test_where_nobody_read_the_page_of_the_site_it_says_so(
    case: Case, reviewer_client: Client
) -> None:
    notice = next(one for one in to_sites(case) if one.channel == "reddit")
    text = text_of(reviewer_client, page("first_notice", notice.pk))
    assert "Nobody has read the page of the site itself" in text
    assert "no: check it before you rely on it" in text


def test_a_request_to_an_engine_says_which_others_it_reaches(
    case: Case, reviewer_client: Client
) -> None:
    bing = next(one for one in to_engines(case) if one.channel == "bing")
    text = text_of(reviewer_client, page("first_notice", bing.pk))
    assert "DuckDuckGo, Yahoo Search, Ecosia show its results" in text
    assert "Nothing about the person is in it" in text


def test_signing_a_letter_lets_it_leave(case: Case, reviewer_client: Client) -> None:
    notice = next(one for one in to_sites(case) if one.channel == "site")
    answer = reviewer_client.post(page("first_sign", notice.pk), {"digest": notice.digest})
    assert answer.headers["Location"] == page("first_notice", notice.pk)
    notice.refresh_from_db()
    assert notice.state == "signed"


def test_another_text_than_the_one_shown_is_not_signed(case: Case, reviewer_client: Client) -> None:
    notice = to_sites(case)[0]
    for digest in ("0" * 64, "nonsense", ""):
        reviewer_client.post(page("first_sign", notice.pk), {"digest": digest})
    notice.refresh_from_db()
    assert notice.state == "draft"
    assert not notice.signs.exists()


def test_a_form_letter_is_signed_then_pasted_then_its_time_runs(
    case: Case, reviewer_client: Client
) -> None:
    notice = next(one for one in to_sites(case) if one.channel == "reddit")
    answer = reviewer_client.post(page("first_sign", notice.pk), {"digest": notice.digest})
    paste = page("paste", notice.pk)
    assert answer.headers["Location"] == paste
    text = text_of(reviewer_client, paste)
    assert 'href="https://www.reddit.com/report"' in text
    assert REDDIT in text
    assert "It takes reports without an account." in text
    at = utc_now().replace(second=0, microsecond=0)
    given = {"at": f"{at:%Y-%m-%dT%H:%M}", "remote_id": "8831"}
    answer = reviewer_client.post(paste, given, follow=True)
    text = " ".join(answer.content.decode().split())
    assert "Recorded as delivered" in text
    assert "set by a law: United States: TAKE IT DOWN Act" in text
    assert "left" in text
    notice.refresh_from_db()
    assert (notice.state, notice.delivered_at) == ("delivered", at)
    text = text_of(reviewer_client, page("first") + "?group=running")
    assert "left" in text
    assert "Reddit" in text


def test_without_a_mail_server_a_person_sends_a_letter_by_hand(
    case: Case, reviewer_client: Client, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = False
    notice = next(one for one in to_sites(case) if one.channel == "site")
    reviewer_client.post(page("first_sign", notice.pk), {"digest": notice.digest})
    assert page("by_hand", notice.pk) in text_of(reviewer_client, page("first_notice", notice.pk))
    answer = reviewer_client.post(page("by_hand", notice.pk))
    paste = page("paste", notice.pk)
    assert answer.headers["Location"] == paste
    text = text_of(reviewer_client, paste)
    assert "Send it from your own mailbox" in text
    assert "Content-Transfer-Encoding" not in text
    assert PICS in text
    assert "Notice about intimate images" in text
    at = utc_now().replace(second=0, microsecond=0)
    reviewer_client.post(paste, {"at": f"{at:%Y-%m-%dT%H:%M}", "remote_id": ""})
    notice.refresh_from_db()
    assert (notice.state, notice.delivered_at) == ("delivered", at)


def test_what_can_leave_by_itself_is_not_given_to_a_person(
    case: Case, reviewer_client: Client, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    notice = next(one for one in to_sites(case) if one.channel == "site")
    reviewer_client.post(page("first_sign", notice.pk), {"digest": notice.digest})
    shown = text_of(reviewer_client, page("first_notice", notice.pk))
    assert page("by_hand", notice.pk) not in shown
    reviewer_client.post(page("by_hand", notice.pk))
    notice.refresh_from_db()
    assert notice.state == "signed"


def test_sites_say_how_many_cases_have_links_there(case: Case, reviewer_client: Client) -> None:
    text = text_of(reviewer_client, page("sites"))
    rows = text.split("<tr>")[2:]
    assert len(rows) == 3
    assert all('class="num">1</td>' in row for row in rows)


def test_a_time_that_lies_ahead_is_refused_with_words(
    case: Case, reviewer: User, reviewer_client: Client, now: datetime
) -> None:
    notice = next(one for one in to_sites(case) if one.channel == "reddit")
    signed(notice, reviewer, now)
    ahead = utc_now() + timedelta(hours=5)
    answer = reviewer_client.post(
        page("paste", notice.pk), {"at": f"{ahead:%Y-%m-%dT%H:%M}", "remote_id": ""}
    )
    assert answer.status_code == 400
    assert "This time lies ahead" in answer.content.decode()


def test_what_does_not_wait_to_be_pasted_has_no_such_page(
    case: Case, reviewer_client: Client
) -> None:
    notice = to_sites(case)[0]
    answer = reviewer_client.get(page("paste", notice.pk))
    assert answer.headers["Location"] == page("first_notice", notice.pk)


def test_sending_back_and_writing_again(case: Case, reviewer_client: Client) -> None:
    notice = to_sites(case)[0]
    reviewer_client.post(page("first_back", notice.pk), {"reason": ""})
    notice.refresh_from_db()
    assert notice.state == "draft"
    reviewer_client.post(page("first_back", notice.pk), {"reason": "wrong_contact"})
    notice.refresh_from_db()
    assert notice.state == "sent_back"
    assert "Write it again" in text_of(reviewer_client, page("first_notice", notice.pk))
    reviewer_client.post(page("first_again", notice.pk))
    notice.refresh_from_db()
    assert notice.state == "cancelled"


def test_what_was_not_sent_back_is_not_written_again(
    case: Case, reviewer: User, reviewer_client: Client, now: datetime
) -> None:
    first, second = to_sites(case)[:2]
    send_back(report_id=first.pk, reason="other", user=reviewer, now=now)
    reviewer_client.post(page("first_again", second.pk))
    second.refresh_from_db()
    assert second.state == "draft"


def test_a_channel_is_entered_and_its_links_go_on(
    case: Case, reviewer_client: Client, now: datetime
) -> None:
    site = WaitingPlace.objects.get().site
    form = page("first_channel", site.pk)
    text = text_of(reviewer_client, form)
    assert "Many sites read abuse@new.example" in text
    given = {
        "kind": "mail",
        "address": "abuse@new.example",
        "source": "the usual address",
        "language": "fr",
        "laws": ["us-tida"],
    }
    answer = reviewer_client.post(form, given)
    assert answer.status_code == 302
    assert not WaitingPlace.objects.exists()
    assert all_made(now) == 1
    row = SiteChannel.objects.get(site=site)
    assert (row.kind, row.language, row.laws) == ("mail", "fr", ["us-tida"])
    assert b"abuse" not in bytes(row.box)
    assert "abuse@new.example" in text_of(reviewer_client, form)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"address": "not an address"}, "full e-mail address"),
        ({"kind": "form"}, "beginning with https://"),
        ({"kind": ""}, "required"),
        ({"source": ""}, "required"),
        ({"laws": ["moon"]}, "Select a valid choice"),
        ({"language": "xx"}, "Select a valid choice"),
    ],
)
def test_a_channel_that_cannot_be_right_is_refused(
    case: Case, reviewer_client: Client, change: dict[str, Any], says: str
) -> None:
    site = WaitingPlace.objects.get().site
    good = {"kind": "mail", "address": "a@new.example", "source": "x", "language": "en"}
    answer = reviewer_client.post(page("first_channel", site.pk), {**good, **change})
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert WaitingPlace.objects.exists()


def test_the_list_of_channels_says_source_day_and_whether_it_was_checked(
    reviewer_client: Client,
) -> None:
    text = text_of(reviewer_client, page("first_channels"))
    assert "https://help.x.com/en/rules-and-policies/us-tida" in text
    assert "27 Nov 2026" in text
    assert "Not yet" in text
    assert "with the request to Bing" in text
    assert "That is our own time, not the law." in text


def test_while_nobody_is_set_to_send_the_list_says_so(reviewer_client: Client) -> None:
    Sender.objects.update(is_on=False)
    assert "Nothing is written yet." in text_of(reviewer_client, page("first"))


def test_pages_of_what_is_not_there(reviewer_client: Client, uuid_of_nothing: Any) -> None:
    for name in ("first_notice", "first_channel", "paste"):
        assert reviewer_client.get(page(name, uuid_of_nothing)).status_code == 404


def test_an_erased_case_leaves_nothing_to_read(case: Case, reviewer_client: Client) -> None:
    notice = to_sites(case)[0]
    Report.objects.filter(pk=notice.pk).update(box=None)
    text = text_of(reviewer_client, page("first_notice", notice.pk))
    assert "Its text was erased with the case." in text
    assert "Sign and send" not in text
