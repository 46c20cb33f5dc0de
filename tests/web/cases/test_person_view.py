"""What the person sees of her case: her own, late where it counts, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries
from staydown_web.base.errors import FieldsError, RateLimitedError
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Item
from staydown_web.cases.selectors import blocked_by_week, person_view, timeline
from staydown_web.cases.selectors.timeline import SHOWN
from staydown_web.cases.services import Filed, read_messages, send_message, settle_item
from staydown_web.screening.models import BlockWeek
from staydown_web.screening.services import count_blocks, count_together

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 30)  # the first after ``now``
SOON = datetime(2026, 12, 2, tzinfo=UTC)
LATE = date(2027, 1, 15)


def remove(case: Case, now: datetime) -> Entry:
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    settle_item(item=case.items.get(), state=Item.State.REMOVED, actor="system", now=now)
    return entry


def test_a_page_shows_what_she_gave_and_how_it_stands(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    case.refresh_from_db()
    view = person_view(case=case, is_unveiled=True, now=now)
    assert (view.number, view.state, view.due_at) == (case.number, "valid", case.due_at)
    assert [item.labels[0].name for item in view.items] == ["holiday 1.jpg"]
    assert [place.url for place in view.locations] == ["http://127.0.0.1:8161/media/1.jpg"]
    assert [moment.what for moment in view.moments] == ["case_filed", "notice_valid"]
    assert view.notices[0].missing == ()
    assert (view.withdrawn_at, view.is_erased, dict(view.blocked)) == (None, False, {})


def test_blocks_are_counted_by_week_and_late(filed: Callable[..., Filed], now: datetime) -> None:
    case = filed().case
    entry = remove(case, now)
    for week, count in ((MONDAY, 3), (MONDAY + timedelta(days=7), 2)):
        BlockWeek.objects.create(entry=entry, week=week, count=count)
    assert blocked_by_week(case, until=MONDAY + timedelta(days=7)) == {}
    assert blocked_by_week(case, until=LATE) == {MONDAY: 3, MONDAY + timedelta(days=7): 2}


def test_blocks_of_a_seed_or_of_an_undecided_item_are_not_shown(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    entry = Entry.objects.get()
    BlockWeek.objects.create(entry=entry, week=MONDAY, count=3)
    assert blocked_by_week(case, until=LATE) == {}
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    assert blocked_by_week(case, until=LATE) == {}, "another case may have brought it in"


def test_blocks_from_before_her_own_removal_would_tell_of_another_case(
    filed: Callable[..., Filed], now: datetime
) -> None:
    first = filed().case
    entry = remove(first, now)
    later = now + timedelta(days=20)
    second = filed(email="eve@mail.example").case
    settle_item(item=second.items.get(), state=Item.State.REMOVED, actor="system", now=later)
    after = MONDAY + timedelta(days=21)
    BlockWeek.objects.create(entry=entry, week=MONDAY, count=3)
    BlockWeek.objects.create(entry=entry, week=after, count=1)
    assert blocked_by_week(second, until=LATE) == {after: 1}
    assert blocked_by_week(first, until=LATE) == {MONDAY: 3, after: 1}


def test_an_upload_that_is_like_two_items_of_a_case_counts_once(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = filed(files=files(1, 2)).case
    entry_ids = frozenset(Entry.objects.values_list("pk", flat=True))
    assert len(entry_ids) == 2
    confirm_entries(entry_ids=sorted(entry_ids), actor="system", now=now)
    for item in case.items.all():
        settle_item(item=item, state=Item.State.REMOVED, actor="system", now=now)
    record_event(
        what="copy_blocked", actor="system", at=SOON, facts={"entries": [str(e) for e in entry_ids]}
    )
    for count in (count_blocks, count_together):
        while count(now=now):
            pass
    assert blocked_by_week(case, until=LATE) == {MONDAY: 1}


def test_the_story_holds_no_copies_entries_contacts_or_actors(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    hidden = ("copy_held", "copy_blocked", "entry_confirmed", "contact_confirmed", "contact_viewed")
    for what in hidden:
        record_event(what=what, actor="system", at=now, case_id=case.pk)
    record_event(
        what="item_settled",
        actor="system",
        at=now,
        case_id=case.pk,
        facts={"state": "removed", "case_state": "decided", "platform": "other"},
    )
    moments = timeline(case)
    assert not {moment.what for moment in moments} & set(hidden)
    assert moments[-1].facts == {"state": "removed"}
    assert all(set(moment.facts) <= SHOWN[moment.what] for moment in moments)


def test_messages_go_both_ways_and_are_read_once(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    send_message(case=case, sender="person", text="  Is it gone?\r\n", now=now)
    send_message(case=case, sender="staff", text="Yes.", now=now + timedelta(minutes=1))
    view = person_view(case=case, is_unveiled=True, now=now)
    assert [(m.sender, m.text) for m in view.messages] == [
        ("person", "Is it gone?"),
        ("staff", "Yes."),
    ]
    later = now + timedelta(minutes=2)
    assert read_messages(case=case, reader="person", now=now) == 0, "not there yet"
    assert read_messages(case=case, reader="person", now=later) == 1
    assert read_messages(case=case, reader="person", now=later) == 0
    assert case.messages.get(sender="person").read_at is None


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_a_message_is_neither_empty_nor_a_book(
    text: str, filed: Callable[..., Filed], now: datetime
) -> None:
    with pytest.raises(FieldsError) as caught:
        send_message(case=filed().case, sender="person", text=text, now=now)
    assert set(caught.value.fields) == {"text"}


def test_a_flood_of_messages_waits_until_tomorrow(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    for _number in range(30):
        send_message(case=case, sender="person", text="Hello.", now=now)
    with pytest.raises(RateLimitedError):
        send_message(case=case, sender="person", text="Hello.", now=now)
    send_message(case=case, sender="staff", text="Hello.", now=now)
    send_message(case=case, sender="person", text="Hello.", now=now + timedelta(days=1, seconds=1))
