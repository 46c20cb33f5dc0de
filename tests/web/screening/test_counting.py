"""What the person may see, floods, library matches, reported copies."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries, dispute_entries
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.screening.models import BlockWeek, Copy, Hit, Verdict
from staydown_web.screening.selectors import hits_of, open_floods, url_of
from staydown_web.screening.services import (
    FoundCopy,
    blocked_weeks,
    count_blocks,
    counting,
    find_floods,
    mark_copies,
    note_flood_seen,
    register_library_copy,
    register_reported_copy,
)

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2026, 11, 23)


class TestBlockedWeeks:
    def test_blocks_are_counted_once_by_the_week_with_their_repeats(
        self, ask, confirmed, drawn_fingerprint
    ):
        entry = confirmed(drawn_fingerprint(1))
        ask(drawn_fingerprint(1), content_ref="1")
        ask(drawn_fingerprint(1), content_ref="2")
        ask(drawn_fingerprint(1), content_ref="2")
        while count_blocks(now=None):
            pass
        row = BlockWeek.objects.get()
        assert (row.entry_id, row.week, row.count) == (entry.pk, MONDAY, 3)

    def test_two_workers_count_each_block_once(
        self, ask, confirmed, drawn_fingerprint, monkeypatch
    ):
        confirmed(drawn_fingerprint(1))
        for number in range(3):
            ask(drawn_fingerprint(1), content_ref=str(number))
        read, most, others = counting.events_after, counting._AT_ONCE, [1, 2]

        def read_slowly(**given):
            found = read(**given)
            while others:  # another worker reads and counts a part of the same meanwhile
                monkeypatch.setattr(counting, "_AT_ONCE", others.pop())
                monkeypatch.setattr(counting, "events_after", read)
                count_blocks(now=None)
            monkeypatch.setattr(counting, "_AT_ONCE", most)
            return found

        monkeypatch.setattr(counting, "events_after", read_slowly)
        while count_blocks(now=None):
            pass
        assert BlockWeek.objects.get().count == 3

    def test_holds_are_not_counted(self, ask, seed, drawn_fingerprint, now):
        seed(drawn_fingerprint(1))
        ask(drawn_fingerprint(1))
        count_blocks(now=now)
        assert not BlockWeek.objects.exists()

    def test_a_week_shows_only_after_its_delay(self, ask, confirmed, drawn_fingerprint, now):
        entry = confirmed(drawn_fingerprint(1))
        ask(drawn_fingerprint(1))
        count_blocks(now=now)
        shown = {
            days: blocked_weeks(entry_ids=[entry.pk], until=MONDAY + timedelta(days=days))
            for days in (0, 7, 13, 14, 30)
        }
        assert shown == {0: {}, 7: {}, 13: {}, 14: {MONDAY: 1}, 30: {MONDAY: 1}}

    def test_nothing_shows_of_entries_that_are_not_confirmed(
        self, ask, confirmed, drawn_fingerprint, now
    ):
        from staydown_web.banks.services import unconfirm_entries

        entry = confirmed(drawn_fingerprint(1))
        ask(drawn_fingerprint(1))
        count_blocks(now=now)
        unconfirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        assert blocked_weeks(entry_ids=[entry.pk], until=MONDAY + timedelta(days=90)) == {}


class TestFloods:
    @pytest.fixture
    def flood(self, ask, drawn_fingerprint, now):
        def made(count: int, at=now):
            for n in range(count):
                ask(drawn_fingerprint(1), content_ref=f"{at}-{n}", now=at)

        return made

    def test_a_flooded_seed_is_put_aside_and_a_person_is_told(
        self, seed, flood, ask, drawn_fingerprint, now
    ):
        entry = seed(drawn_fingerprint(1), now=now - timedelta(days=1))
        flood(29)
        assert find_floods(now=now) == 0
        flood(2, now + timedelta(seconds=1))
        assert find_floods(now=now + timedelta(minutes=1)) == 1

        entry.refresh_from_db()
        assert entry.quarantined_at is not None
        assert ask(drawn_fingerprint(1), content_ref="after").verdict == Verdict.CLEAR
        (told,) = open_floods()
        assert told.hits_in_hour == 31
        assert find_floods(now=now + timedelta(minutes=2)) == 0

    def test_a_flooded_confirmed_entry_goes_on_blocking_and_a_person_is_told(
        self, confirmed, flood, ask, drawn_fingerprint, now
    ):
        confirmed(drawn_fingerprint(1), now=now - timedelta(days=1))
        flood(40)
        assert find_floods(now=now) == 1
        assert ask(drawn_fingerprint(1), content_ref="after").verdict == Verdict.BLOCK
        assert open_floods().count() == 1

    def test_what_matches_much_every_day_is_no_flood(self, seed, drawn_fingerprint, now, platform):
        entry = seed(drawn_fingerprint(1), now=now - timedelta(days=2))
        for n in range(240):
            copy = Copy.objects.create(
                platform=platform,
                source="upload",
                state="held",
                verdict="hold",
                group="",
                seen_at=now,
                state_at=now,
            )
            at = now - timedelta(minutes=12 * n)
            Hit.objects.create(
                copy=copy, entry=entry, kind="same", score=1.0, response="hold", at=at
            )
        Hit.objects.filter(at__gt=now - timedelta(hours=8)).update(at=now)
        assert find_floods(now=now) == 0

    def test_a_released_seed_is_judged_by_what_comes_after(
        self, seed, flood, drawn_fingerprint, now
    ):
        from staydown_web.banks.services import release_entry

        entry = seed(drawn_fingerprint(1), now=now - timedelta(days=1))
        flood(40)
        find_floods(now=now)
        later = now + timedelta(minutes=5)
        release_entry(entry_id=entry.pk, actor="system", now=later)
        assert find_floods(now=later) == 0
        assert not open_floods()

        flood(29, later + timedelta(minutes=1))
        assert find_floods(now=later + timedelta(minutes=2)) == 0
        flood(1, later + timedelta(minutes=3))
        assert find_floods(now=later + timedelta(minutes=4)) == 1
        entry.refresh_from_db()
        assert entry.quarantined_at is not None

    def test_a_wave_that_goes_on_after_a_person_looked_is_told_again(
        self, confirmed, flood, drawn_fingerprint, now
    ):
        entry = confirmed(drawn_fingerprint(1), now=now - timedelta(days=1))
        flood(40)
        find_floods(now=now)
        later = now + timedelta(minutes=5)
        note_flood_seen(entry_id=entry.pk, actor="system", now=later)
        with pytest.raises(RecordConflictError):
            note_flood_seen(entry_id=entry.pk, actor="system", now=later)

        flood(29, later + timedelta(minutes=1))
        assert find_floods(now=later + timedelta(minutes=2)) == 0
        flood(1, later + timedelta(minutes=3))
        assert find_floods(now=later + timedelta(minutes=4)) == 1

    @pytest.mark.parametrize("judge", [confirm_entries, dispute_entries])
    def test_whoever_judges_the_entry_has_looked(self, judge, seed, flood, drawn_fingerprint, now):
        entry = seed(drawn_fingerprint(1), now=now - timedelta(days=1))
        flood(40)
        find_floods(now=now)
        judge(entry_ids=[entry.pk], actor="system", now=now + timedelta(minutes=1))
        find_floods(now=now + timedelta(minutes=2))
        assert not open_floods()


class TestReportedCopies:
    def test_a_reported_copy_is_stored_with_what_it_matches(
        self, platform, seed, drawn_fingerprint, now
    ):
        entry = seed(drawn_fingerprint(1))
        copy = register_reported_copy(
            platform=platform,
            url="http://127.0.0.1:8161/m/1",
            fingerprint=drawn_fingerprint(1),
            now=now,
        )
        assert (copy.source, copy.state, copy.verdict) == ("notice", "seen", "hold")
        assert url_of(copy) == "http://127.0.0.1:8161/m/1"
        assert [hit.entry_id for hit in hits_of(copy)] == [entry.pk]

    def test_a_reported_copy_that_matches_nothing_is_stored_too(
        self, platform, drawn_fingerprint, now
    ):
        copy = register_reported_copy(
            platform=platform, url="", fingerprint=drawn_fingerprint(1), now=now
        )
        assert (copy.verdict, hits_of(copy), url_of(copy)) == ("clear", [], "")
        assert mark_copies(copy_ids=[copy.pk], state=Copy.State.HELD, now=now) == 1


class TestLibrary:
    def test_a_fingerprint_from_a_scan_is_held_even_where_uploads_are_blocked(
        self, caller, confirmed, drawn_fingerprint, now
    ):
        confirmed(drawn_fingerprint(1))
        found = FoundCopy("file-1", "", drawn_fingerprint(1))
        assert register_library_copy(caller=caller, found=found, now=now).verdict == "block"
        copy = Copy.objects.get()
        assert (copy.source, copy.state) == ("library", "held")

    def test_matches_of_a_scan_are_believed_and_judged_by_our_policy(
        self, caller, seed, drawn_fingerprint, now
    ):
        entry = seed(drawn_fingerprint(1))
        row = {"entry_id": str(entry.pk), "kind": "part", "score": 0.8, "evidence": {"points": 9}}
        found = FoundCopy("file-1", "", None, [row])
        assert register_library_copy(caller=caller, found=found, now=now).verdict == "hold"
        hit = Hit.objects.get()
        assert (hit.kind, hit.score, hit.evidence["points"]) == ("part", 0.8, 9)

    def test_matches_with_entries_that_are_not_here_mean_nothing(self, caller, now):
        row = {"entry_id": str(uuid4()), "kind": "same", "score": 1.0}
        found = FoundCopy("file-1", "", None, [row])
        assert register_library_copy(caller=caller, found=found, now=now).verdict == "clear"
        assert not Copy.objects.exists()

    @pytest.mark.parametrize(
        "row", [{}, {"entry_id": "x", "kind": "same"}, {"entry_id": str(uuid4()), "kind": "odd"}]
    )
    def test_matches_that_cannot_be_read_are_refused(self, caller, now, row):
        with pytest.raises(FieldsError):
            register_library_copy(
                caller=caller, found=FoundCopy("file-1", "", None, [row]), now=now
            )

    def test_a_file_without_a_name_is_refused(self, caller, now):
        with pytest.raises(FieldsError):
            register_library_copy(caller=caller, found=FoundCopy("", "", None, [{}]), now=now)


def test_entries_are_untouched_by_checks(ask, seed, drawn_fingerprint):
    entry = seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))
    assert Entry.objects.get().created_at == entry.created_at
