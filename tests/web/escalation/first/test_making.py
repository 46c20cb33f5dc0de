"""First notices come to be: what is told, once, to whom, and what of her is in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from staydown_web.accounts.models import Platform, User
from staydown_web.base.sealing import seal_for_case, unseal_for_case
from staydown_web.cases.models import Case, Location
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.places import add_places
from staydown_web.escalation.models import Report, Sender, Site, WaitingPlace
from staydown_web.escalation.selectors.first import counts_of_tabs, waiting_sites
from staydown_web.escalation.selectors.first_private import unnamed_in
from staydown_web.escalation.services.first import (
    find_channels_of_waiting,
    make_first_notices,
    set_channel,
    stop_first_notices,
    write_again,
)
from staydown_web.escalation.services.signing import send_back
from staydown_web.escalation.services.sites import site_of_domain

from .conftest import NAME, PICS, WORDS, all_made, signed, to_engines, to_sites

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sender")]


def box_of(report: Report) -> dict[str, Any]:
    context = f"report:{report.pk}"
    return dict(unseal_for_case(report.case_id, report.box, context=context))


def add(case: Case, now: datetime, *urls: str) -> None:
    add_places(case=case, urls=urls, items=[], now=now, events=Events(case.pk, "person", now))


def test_one_notice_a_site_with_all_its_links_and_one_request_an_engine(
    filed: Any, pics: Site, now: datetime
) -> None:
    case = filed(PICS, "https://img.pics.example/2.jpg")
    assert all_made(now) == 5
    (notice,) = to_sites(case)
    assert (notice.site, notice.state, notice.places.count()) == (pics, "draft", 2)
    held = box_of(notice)
    assert held["address"] == "abuse@pics.example"
    assert PICS in held["body"]
    assert [one.channel for one in to_engines(case)] == [
        "bing",
        "brave-search",
        "google-search",
        "yandex",
    ]
    assert {one.places.count() for one in to_engines(case)} == {2}


def test_a_second_run_writes_nothing_again(filed: Any, pics: Site, now: datetime) -> None:
    filed(PICS)
    all_made(now)
    count = Report.objects.count()
    assert make_first_notices(now + timedelta(days=3)) == 0
    assert Report.objects.count() == count


def test_links_that_are_added_later_make_a_notice_with_the_new_ones_alone(
    filed: Any, pics: Site, now: datetime
) -> None:
    case = filed(PICS)
    all_made(now)
    later = now + timedelta(hours=2)
    add(case, later, "https://pics.example/v/9000")
    assert all_made(later) == 5
    first, second = to_sites(case)
    assert PICS in box_of(first)["body"]
    assert PICS not in box_of(second)["body"]
    assert "https://pics.example/v/9000" in box_of(second)["body"]
    assert len(to_engines(case)) == 8


def test_nothing_is_written_before_she_agreed(filed: Any, pics: Site, now: datetime) -> None:
    case = filed(PICS, agreed=False)
    assert make_first_notices(now) == 0
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=now)
    assert all_made(now) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"state": "withdrawn", "closed_at": datetime.fromisoformat("2026-11-26T09:00:00+00:00")},
        {"state": "closed"},
        {"closed_for": "minor"},
        {"withdrawal_asked_at": datetime.fromisoformat("2026-11-26T09:00:00+00:00")},
        {"erased_at": datetime.fromisoformat("2026-11-26T09:00:00+00:00")},
    ],
)
def test_nothing_is_written_of_a_case_that_ended_or_is_about_to(
    filed: Any, pics: Site, now: datetime, change: dict[str, Any]
) -> None:
    case = filed(PICS)
    Case.objects.filter(pk=case.pk).update(**change)
    assert make_first_notices(now) == 0


def test_nothing_is_written_while_nobody_is_set_to_send(
    filed: Any, pics: Site, sender: Sender, now: datetime
) -> None:
    filed(PICS)
    Sender.objects.update(is_on=False)
    assert make_first_notices(now) == 0
    Sender.objects.update(is_on=True)
    assert all_made(now) == 5


def test_a_link_on_another_site_completes_the_notice_to_that_site(
    filed: Any, pics: Site, now: datetime
) -> None:
    """Here nothing is complete: there is no link on a platform served here. There it is."""
    case = filed(PICS, way="link", files=[])
    assert case.state == Case.State.NEEDS_INFORMATION
    assert all_made(now) == 5


def test_a_notice_that_lacks_more_than_that_is_told_to_nobody(
    filed: Any, pics: Site, now: datetime
) -> None:
    filed(PICS, way="link", files=[], signature="")
    assert make_first_notices(now) == 0


def test_a_platform_that_runs_here_gets_no_letter(
    filed: Any, pics: Site, platform: Platform, now: datetime
) -> None:
    case = filed("http://127.0.0.1:8161/media/1.jpg", PICS)
    all_made(now)
    assert {one.site for one in to_sites(case)} == {pics}
    here = case.locations.get(platform=platform)
    assert not here.reports.exists()


def test_where_no_channel_is_known_the_links_wait_and_engines_are_asked_all_the_same(
    filed: Any, reviewer: User, now: datetime
) -> None:
    case = filed("https://new.example/1", "https://new.example/2")
    assert all_made(now) == 4
    assert to_sites(case) == []
    site = WaitingPlace.objects.first().site  # type: ignore[union-attr]
    assert WaitingPlace.objects.filter(site=site).count() == 2
    set_channel(
        site=site,
        kind="form",
        address="https://new.example/report",
        source="https://new.example/terms",
        language="de",
        laws=[],
        user=reviewer,
        now=now,
    )
    assert all_made(now) == 1
    (notice,) = to_sites(case)
    assert (notice.channel, notice.format, notice.language) == ("site", "form_letter", "de")
    assert notice.places.count() == 2


def test_links_go_on_when_a_newer_list_knows_their_site(filed: Any, now: datetime) -> None:
    case = filed("https://discord.com/channels/1/2/3")
    place = case.locations.get()
    site = site_of_domain(domain="discord.com", now=now)
    WaitingPlace.objects.create(location=place, site=site, since=now)
    all_made(now)
    assert to_sites(case) == []
    assert find_channels_of_waiting(now) == 1
    assert all_made(now) == 1


def test_a_channel_that_takes_one_link_a_request_gets_one_letter_each(
    filed: Any, now: datetime
) -> None:
    links = [f"https://discord.com/channels/1/2/{number}" for number in range(3)]
    case = filed(*links)
    all_made(now)
    assert [one.places.count() for one in to_sites(case)] == [1, 1, 1]


def test_her_name_is_in_it_only_where_a_law_that_binds_the_site_asks_for_it(
    filed: Any, pics: Site, now: datetime
) -> None:
    case = filed(PICS, "https://t.me/example/1")
    all_made(now)
    notices = {one.channel: one for one in to_sites(case)}
    bound, unbound = box_of(notices["site"]), box_of(notices["telegram"])
    assert bound["shown"] == ["signed_name"]
    assert NAME in bound["body"]
    assert WORDS not in bound["body"]
    assert unbound["shown"] == []
    assert not any(text in unbound["body"] for text in (NAME, WORDS, "ada@mail.example"))
    for engine in to_engines(case):
        assert box_of(engine)["shown"] == []
        assert NAME not in box_of(engine)["body"]


def test_her_own_words_are_in_it_only_where_the_law_asks_for_them(
    filed: Any, reviewer: User, now: datetime, pics: Site
) -> None:
    case = filed("https://www.dailymotion.com/video/1", regimes=["eu-dsa"])
    all_made(now)
    (notice,) = to_sites(case)
    assert set(box_of(notice)["shown"]) == {"signed_name", "statement"}
    assert WORDS in box_of(notice)["body"].replace("\n", " ")


def test_nothing_of_hers_is_in_any_of_them_that_the_preview_does_not_name(
    filed: Any, pics: Site, now: datetime
) -> None:
    case = filed(PICS, "https://www.dailymotion.com/video/1", regimes=["us-tida", "eu-dsa"])
    all_made(now)
    assert [unnamed_in(one) for one in (*to_sites(case), *to_engines(case))] == [0] * 6
    notice = to_sites(case)[0]
    Report.objects.filter(pk=notice.pk).update(box=leaky(notice))
    notice.refresh_from_db()
    assert unnamed_in(notice) == 1


def leaky(report: Report) -> bytes:
    held = box_of(report)
    held["body"] += "\nada@mail.example\n"
    return seal_for_case(report.case_id, held, context=f"report:{report.pk}")


def test_who_acts_for_her_signs_as_such(filed: Any, pics: Site, now: datetime) -> None:
    case = filed(
        PICS, acts_as="representative", authority="I am her lawyer.", signature="Bo Lawyer"
    )
    all_made(now)
    held = box_of(to_sites(case)[0])
    assert "Bo Lawyer" in held["body"]
    assert NAME not in held["body"]


def test_one_signature_lets_a_letter_leave_and_a_form_letter_wait_to_be_pasted(
    filed: Any, pics: Site, reviewer: User, now: datetime
) -> None:
    case = filed(PICS)
    all_made(now)
    assert signed(to_sites(case)[0], reviewer, now).state == "signed"
    assert signed(to_engines(case)[0], reviewer, now).state == "to_paste"


def test_what_was_sent_back_is_written_again_only_when_somebody_asks(
    filed: Any, pics: Site, reviewer: User, now: datetime
) -> None:
    case = filed(PICS)
    all_made(now)
    notice = to_sites(case)[0]
    send_back(report_id=notice.pk, reason="wrong_contact", user=reviewer, now=now)
    assert make_first_notices(now) == 0
    write_again(report_id=notice.pk, user=reviewer, now=now)
    assert all_made(now) == 1
    assert {one.state for one in to_sites(case)} == {"cancelled", "draft"}


def test_an_address_that_belongs_to_no_site_stops_nothing(
    filed: Any, pics: Site, now: datetime
) -> None:
    case = filed(PICS, "https://co.uk/1")
    assert all_made(now) == 5
    left = [one for one in case.locations.all() if not one.reports.exists()]
    assert len(left) == 1
    assert isinstance(left[0], Location)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "withdrawn", "closed_at": datetime.fromisoformat("2026-11-26T09:00:00+00:00")},
        {"closed_for": "minor"},
        {"providers_agreed_at": None},
        {"erased_at": datetime.fromisoformat("2026-11-26T09:00:00+00:00")},
    ],
)
def test_what_has_not_left_of_a_case_that_ended_never_leaves(
    filed: Any, pics: Site, reviewer: User, now: datetime, change: dict[str, Any]
) -> None:
    case, other = filed(PICS), filed("https://pics.example/v/7")
    all_made(now)
    signed(to_sites(case)[0], reviewer, now)
    signed(to_engines(case)[0], reviewer, now)
    Case.objects.filter(pk=case.pk).update(**change)
    assert stop_first_notices(now) == 5
    assert {one.state for one in (*to_sites(case), *to_engines(case))} == {"cancelled"}
    assert {one.state for one in (*to_sites(other), *to_engines(other))} == {"draft"}
    assert make_first_notices(now) == 0


def test_links_of_a_case_that_ended_wait_for_no_channel(filed: Any, now: datetime) -> None:
    case = filed("https://new.example/1")
    all_made(now)
    assert [one.links for one in waiting_sites()] == [1]
    Case.objects.filter(pk=case.pk).update(state="closed")
    assert waiting_sites() == []
    assert counts_of_tabs()["channel"] == 0


def test_a_site_and_an_engine_get_letters_of_their_own(
    filed: Any, pics: Site, now: datetime
) -> None:
    case = filed(PICS)
    all_made(now)
    assert "remove these addresses from your results" in " ".join(
        box_of(to_engines(case)[0])["body"].split()
    )
    assert "remove these addresses" not in box_of(to_sites(case)[0])["body"]
