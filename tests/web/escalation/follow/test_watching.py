"""Links are looked at over real sockets: states told apart, with evidence, and no media read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from little_internet import Answer, Net, redirect
from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.audit.services import record_event
from staydown_web.base.fetching import visited
from staydown_web.cases.models import Case, Clock, Location, Notice, StaffLetter
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.models import CaseTurn, Look, SiteTurn, Watch
from staydown_web.escalation.selectors.watches import looks_of, of_case, reappeared, standing_of
from staydown_web.escalation.services import watching_ways
from staydown_web.escalation.services.watching import (
    look_at_due,
    watch_due_places,
    watch_left_places,
)
from staydown_web.escalation.services.watching_turns import take_turns

from .conftest import state_of

pytestmark = pytest.mark.django_db
PAGE = Answer("<title>Holiday pictures</title><h1>One of many</h1>")
VIDEO = Answer(b"\x00" * 3_000_000, content_type="video/mp4")
HOME = Answer("<title>Pics</title>")
S = Watch.State


def put(net: Net, case: Case, answer: Answer, *, host: str = "pics.example") -> str:
    """What a site gives at the case's first link."""
    path = f"/{case.number}/1.jpg"
    net.web.sites[host] = {**net.web.sites[host], path: answer}
    return path


@pytest.mark.parametrize(
    ("answer", "more", "state"),
    [
        (PAGE, {}, S.THERE),
        (VIDEO, {}, S.THERE),
        (Answer("gone", 404), {}, S.GONE),
        (Answer("gone", 410), {}, S.GONE),
        (Answer("<title>Seite nicht gefunden</title>"), {}, S.GONE),
        (Answer("<title>Pics</title><h1>Cette page est introuvable</h1>"), {}, S.GONE),
        (redirect("/"), {"/": HOME}, S.GONE),
        (redirect("/en/"), {"/en/": HOME}, S.GONE),
        (redirect("/removed"), {"/removed": HOME}, S.GONE),
        (redirect("http://mirror.example/v/7"), {}, S.MOVED),
        (redirect("/new/place.jpg"), {"/new/place.jpg": PAGE}, S.MOVED),
        (redirect("/login"), {"/login": HOME}, S.UNREACHABLE),
        (Answer("", 451), {}, S.GEO_BLOCKED),
        (Answer("<title>Not available in your country</title>"), {}, S.GEO_BLOCKED),
        (Answer("", 403), {}, S.UNREACHABLE),
        (Answer("", 500), {}, S.UNREACHABLE),
        (redirect("http://inner.example/"), {}, S.UNREACHABLE),
    ],
)
def test_states_are_told_apart(
    net: Net,
    agreed: Callable[..., Case],
    look: Callable[..., int],
    answer: Answer,
    more: dict[str, Answer],
    state: S,
) -> None:
    case = agreed("pics.example")
    put(net, case, answer)
    net.web.sites["pics.example"] |= more
    net.web.sites["mirror.example"] = {"/v/7": PAGE}
    look()
    look(hours=1)
    assert state_of(case) == state
    assert net.canary.is_silent


@pytest.mark.parametrize("host", ["down.example", "nowhere.example", "inner.example"])
def test_sites_that_do_not_answer_are_unreachable(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int], host: str
) -> None:
    case = agreed(host)
    assert look() == 1
    assert state_of(case) == S.UNREACHABLE
    assert Look.objects.get().facts["error"] in {"address_unreachable", "address_refused"}
    assert net.canary.is_silent


def test_the_same_link_written_another_way_has_not_moved(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    case = agreed("pics.example")
    path = put(net, case, redirect(f"https://www.pics.example/{case.number}/1.jpg"))
    net.web.sites["www.pics.example"] = {path: PAGE}
    look()
    assert state_of(case) == S.THERE


def test_of_media_not_one_byte_is_asked_again_or_kept(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int], monkeypatch: Any
) -> None:
    read: list[int] = []

    def note(response: Any, most: int) -> tuple[bytes, bool]:
        read.append(most)
        return original(response, most)

    original = visited._read
    monkeypatch.setattr(visited, "_read", note)
    case = agreed("pics.example")
    put(net, case, VIDEO)
    look()
    assert read == []
    put(net, case, PAGE)
    look(hours=1)
    assert read == [64 * 1024]


def test_evidence_holds_no_address_and_no_word_of_the_page(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    case = agreed("pics.example")
    put(net, case, redirect("/removed"))
    net.web.sites["pics.example"] |= {"/removed": Answer("<title>Bild wurde gelöscht</title>")}
    look()
    facts = Look.objects.get().facts
    assert facts == {
        "from": "first",
        "status": 200,
        "redirected": "removed",
        "content_type": "text/html",
        "soft": "titles:de",
    }
    events = json.dumps(list(Event.objects.values("what", "subject", "facts")), default=str)
    for secret in ("pics", "removed", case.number, "Bild"):
        assert secret not in events


def test_a_link_that_comes_back_alarms_once(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int], settings: Any, lead: User
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    case = agreed("pics.example")
    put(net, case, Answer("", 404))
    look()
    look(hours=1)
    assert state_of(case) == S.GONE
    put(net, case, PAGE)
    look(hours=1)
    assert state_of(case) == S.GONE, "one odd look is none"
    look(hours=1)
    look(hours=1)
    assert state_of(case) == S.BACK
    told = Event.objects.filter(what="place_reappeared")
    assert [event.case_id for event in told] == [case.pk]
    assert told[0].facts["before"] == "gone"
    assert [one.location.case_id for one in reappeared()] == [case.pk]
    assert StaffLetter.objects.filter(user=lead).count() == 1
    assert [row.state for row in of_case(case)] == [S.BACK]
    newest = [one.state for one in looks_of(case.locations.get().pk)]
    assert newest == [S.BACK, S.THERE, S.GONE, S.GONE]


def test_links_that_come_back_together_share_a_letter(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int], settings: Any, lead: User
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    cases = [agreed("pics.example") for _ in range(3)]
    for case in cases:
        put(net, case, Answer("", 410))
    look()
    for case in cases:
        put(net, case, PAGE)
    look(hours=1)
    look(hours=1)
    assert {state_of(case) for case in cases} == {S.BACK}
    assert StaffLetter.objects.filter(user=lead).count() == 1
    assert mail.outbox == []


def test_the_very_file_is_back_after_one_look(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    case = agreed("pics.example")
    for answer, state in ((VIDEO, S.THERE), (Answer("", 410), S.GONE), (VIDEO, S.BACK)):
        put(net, case, answer)
        look(hours=1)
        assert state_of(case) == state


def test_a_second_way_out_tells_closed_from_gone(
    net: Net, agreed: Callable[..., Case], now: datetime
) -> None:
    case = agreed("pics.example")

    def by_agent(asked: Any) -> Answer:
        return PAGE if asked.headers["user-agent"] == "Elsewhere" else Answer("", 404)

    put(net, case, by_agent)  # type: ignore[arg-type]
    ways, watched = net.ways(), watch_left_places(now)
    other = net.ways()
    second = replace(other.fetcher, fetcher=net.fetcher(user_agent="Elsewhere"))
    assert watched == 1
    assert look_at_due(now=now, clock=net.clock, ways=ways, second=second) == 1
    assert state_of(case) == S.GEO_BLOCKED
    assert Look.objects.get().facts["second"]["status"] == 200


@pytest.mark.parametrize(
    "values",
    [
        {"providers_agreed_at": None},
        {"valid_at": None, "due_at": None},
        {"state": "closed"},
        {"state": "withdrawn", "closed_at": datetime.fromisoformat("2026-11-26T09:00Z")},
    ],
)
def test_only_places_of_valid_agreed_open_cases_are_watched(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int], values: dict[str, Any]
) -> None:
    agreed("pics.example", **values)
    assert look() == 0
    assert net.requests == []
    assert not Watch.objects.exists()


def test_what_is_taken_back_is_not_looked_at_again_and_can_begin_anew(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    case = agreed("pics.example")
    put(net, case, PAGE)
    look()
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=None)
    before = len(net.requests)
    look(hours=48)
    assert len(net.requests) == before
    assert Watch.objects.get().next_look_at is None
    assert SiteTurn.objects.get().at is None
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=net.clock())
    assert look() == 1


def test_news_of_a_case_begins_the_watch(net: Net, agreed: Callable[..., Case]) -> None:
    case = agreed("pics.example")
    now = net.clock()
    assert watch_due_places(now) == 0
    record_event(what="providers_agreed", actor="person", at=now, case_id=case.pk)
    assert watch_due_places(now) == 1
    assert Watch.objects.count() == 1
    assert watch_due_places(now) == 0


@pytest.mark.parametrize(
    ("state", "answer", "is_watched"),
    [
        ("found", None, True),
        ("unreachable", None, True),
        ("not_found", None, True),
        ("not_found", "", True),
        ("not_found", "kept", False),
        ("not_found", "removed", False),
        ("removed", None, False),
    ],
)
def test_a_platform_that_we_serve_is_watched_once_its_time_ran_out_until_it_is_known(
    agreed: Callable[..., Case], platform: Any, now: datetime, state: str, answer: str | None,
    *, is_watched: bool,
) -> None:  # fmt: skip
    case = agreed("pics.example")
    Location.objects.update(state=state, platform=platform, item=None)
    if answer is not None:
        item = case.items.create(position=9, added_at=now, state_at=now, answer=answer,
                                 answered_at=now if answer else None)  # fmt: skip
        Location.objects.update(item=item)
    assert watch_left_places(now) == 0
    notice, _ = Notice.objects.get_or_create(
        case=case, regime="us-tida", defaults={"regime_version": "1", "received_at": now}
    )
    Clock.objects.filter(notice=notice).delete()
    Clock.objects.create(
        notice=notice,
        began_at=now - timedelta(hours=49),
        length_s=48 * 3600,
        due_at=now - timedelta(hours=1),
        breached_at=now,
    )
    assert watch_left_places(now) == is_watched


def test_a_site_is_looked_at_every_few_seconds_and_never_in_bursts(
    net: Net, agreed: Callable[..., Case]
) -> None:
    for _ in range(5):
        put(net, agreed("pics.example"), PAGE)
    now = net.clock()
    watch_left_places(now)
    looks = []
    for second in range(15):
        at = net.clock()
        looks += [second] * look_at_due(now=at, clock=net.clock, ways=net.ways())
        net.clock.move(seconds=1)
    assert looks == [0, 3, 6, 9, 12]


def test_two_workers_never_have_one_site_in_hand(
    agreed: Callable[..., Case], now: datetime
) -> None:
    for host in ("pics.example", "pics.example", "small.example"):
        agreed(host)
    watch_left_places(now)
    first, second = take_turns(now=now, most=10), take_turns(now=now, most=10)
    assert {one.watch.site_id for one in first} == set(
        SiteTurn.objects.values_list("pk", flat=True)
    )
    assert second == []


def test_a_worker_that_died_loses_its_turn(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    case = agreed("pics.example")
    put(net, case, PAGE)
    watch_left_places(net.clock())
    assert len(take_turns(now=net.clock(), most=10)) == 1
    assert look() == 0
    assert look(minutes=4) == 1
    assert state_of(case) == S.THERE


def test_a_site_that_asks_for_rest_gets_it(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    for _ in range(2):
        put(net, agreed("pics.example"), Answer("", 429, "", (("Retry-After", "7200"),)))
    assert look() == 1
    turn = SiteTurn.objects.get()
    assert turn.free_at >= net.clock() + timedelta(hours=1, minutes=55)


def test_a_silent_site_is_asked_ever_more_rarely(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    for _ in range(12):
        agreed("down.example")
    watch_left_places(net.clock())
    gaps: list[float] = []
    last = net.clock()
    while len(gaps) < 11:
        due = SiteTurn.objects.get().at
        assert due is not None
        net.clock.now = max(due, net.clock())
        assert look_at_due(now=net.clock(), clock=net.clock, ways=net.ways()) == 1
        gaps.append((net.clock() - last).total_seconds())
        last = net.clock()
    assert gaps[:9] == [0, 6, 12, 24, 48, 96, 192, 384, 600]


def test_cases_on_one_site_take_turns_however_many_links_each_has(
    net: Net, agreed: Callable[..., Case], now: datetime
) -> None:
    large, small = agreed(*["pics.example"] * 30), agreed("pics.example")
    watch_left_places(now)
    assert CaseTurn.objects.count() == 2
    for _ in range(4):
        assert look_at_due(now=net.clock(), clock=net.clock, ways=net.ways()) == 1
        net.clock.move(seconds=3)
    order = [path.split("/")[1] for path in net.web.asked_of("pics.example")]
    assert set(order[:2]) == {large.number, small.number}
    assert set(order[2:]) == {large.number}


def test_counts_of_a_case_on_a_site(
    net: Net, agreed: Callable[..., Case], look: Callable[..., int]
) -> None:
    case = agreed("pics.example", "pics.example", "small.example")
    net.web.sites["pics.example"] = {
        f"/{case.number}/1.jpg": PAGE,
        f"/{case.number}/2.jpg": Answer("", 410),
    }
    look()
    site = Watch.objects.get(location__position=1).site
    counts = standing_of(case, site)
    assert (counts.there, counts.gone, counts.total) == (1, 1, 2)
    assert counts.standing == 1
    assert not counts.is_all_gone
    assert counts.looked_at is not None
    assert url_of(case.locations.get(position=1)).startswith("http://pics.example/")
    assert [row.position for row in of_case(case)] == [1, 2, 3]


def test_the_second_way_goes_through_the_second_proxy_and_keeps_the_pace(
    net: Net, agreed: Callable[..., Case], settings: Any, now: datetime, monkeypatch: Any
) -> None:
    case, ways = agreed("pics.example"), net.ways()
    put(net, case, Answer("", 404))
    watch_left_places(now)
    monkeypatch.setattr(watching_ways, "system_ways", lambda: ways)
    watching_ways.second_way.cache_clear()
    assert watching_ways.second_way() is None
    settings.STAYDOWN_SECOND_PROXY = net.proxy.url
    watching_ways.second_way.cache_clear()
    second = watching_ways.second_way()
    watching_ways.second_way.cache_clear()
    assert second is not None
    assert second.pace is ways.fetcher.pace
    look_at_due(now=now, clock=net.clock, ways=ways, second=second)
    assert net.proxy.asked == ["192.0.2.41:80"]
    assert Look.objects.get().facts["second"] == {
        "from": "second",
        "status": 404,
        "content_type": "text/html",
    }
