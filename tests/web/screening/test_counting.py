"""What the person may see, floods, library matches, reported copies."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Event, Thread
from uuid import uuid4

import pytest
from django.db import connection

from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import confirm_entries, dispute_entries
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.screening.models import BlockedTogether, BlockWeek, Copy, Hit, Verdict
from staydown_web.screening.selectors import hits_of, open_floods, url_of
from staydown_web.screening.services import (
    FoundCopy,
    blocked_weeks,
    count_blocks,
    count_together,
    counting,
    find_floods,
    mark_copies,
    note_flood_seen,
    register_library_copy,
    register_reported_copy,
)

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2026, 11, 23)
BEFORE = MONDAY - timedelta(days=1)
LATE = MONDAY + timedelta(days=30)


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
            days: blocked_weeks(since={entry.pk: BEFORE}, until=MONDAY + timedelta(days=days))
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
        assert blocked_weeks(since={entry.pk: BEFORE}, until=MONDAY + timedelta(days=90)) == {}

    @pytest.mark.skipif(connection.vendor == "sqlite", reason="there, one writes at a time")
    def test_a_worker_that_reads_further_meanwhile_counts_nothing_again(
        self, ask, confirmed, drawn_fingerprint, monkeypatch
    ):
        confirmed(drawn_fingerprint(1))
        ask(drawn_fingerprint(1), content_ref="1")
        while count_blocks(now=None):
            pass
        ask(drawn_fingerprint(1), content_ref="2")
        move, has_read, is_done, others = counting.move_cursor, Event(), Event(), []

        def work():
            try:
                ask(drawn_fingerprint(1), content_ref="3")
                count_blocks(now=None)
            finally:
                connection.close()

        def move_slowly(**given):
            if others:  # the other one, which has read what we have and more
                has_read.set()
                is_done.wait(5)
            else:
                others.append(Thread(target=work))
                others[0].start()
                has_read.wait(1)
            return move(**given)

        monkeypatch.setattr(counting, "move_cursor", move_slowly)
        count_blocks(now=None)
        is_done.set()
        others[0].join()
        assert BlockWeek.objects.get().count == 3


class TestUploadsLikeSeveralEntries:
    @pytest.fixture
    def pair(self, confirmed, drawn_fingerprint, now):
        """Two entries that one upload is like, in two banks."""
        bank = Bank.objects.create(slug="second", name="Second", created_at=now)
        first, second = confirmed(drawn_fingerprint(1)), confirmed(drawn_fingerprint(1), bank=bank)
        assert first.pk != second.pk
        return first, second

    @staticmethod
    def count_all():
        while count_blocks(now=None) + count_together(now=None):
            pass

    def test_an_upload_counts_once_and_so_do_its_repeats(self, ask, pair, drawn_fingerprint):
        since = dict.fromkeys([one.pk for one in pair], BEFORE)
        ask(drawn_fingerprint(1), content_ref="1")
        self.count_all()
        assert blocked_weeks(since=since, until=LATE) == {MONDAY: 1}
        ask(drawn_fingerprint(1), content_ref="1")
        ask(drawn_fingerprint(1), content_ref="2")
        self.count_all()
        assert blocked_weeks(since=since, until=LATE) == {MONDAY: 3}

    def test_each_case_counts_for_itself(self, ask, pair, drawn_fingerprint):
        ask(drawn_fingerprint(1))
        self.count_all()
        assert [blocked_weeks(since={one.pk: BEFORE}, until=LATE) for one in pair] == [
            {MONDAY: 1},
            {MONDAY: 1},
        ]

    def test_an_entry_whose_weeks_begin_later_takes_nothing_away(
        self, ask, pair, drawn_fingerprint
    ):
        ask(drawn_fingerprint(1))
        self.count_all()
        since = {pair[0].pk: BEFORE, pair[1].pk: MONDAY}
        assert blocked_weeks(since=since, until=LATE) == {MONDAY: 1}

    def test_an_entry_that_is_not_confirmed_takes_nothing_away(
        self, ask, pair, drawn_fingerprint, now
    ):
        from staydown_web.banks.services import unconfirm_entries

        ask(drawn_fingerprint(1))
        self.count_all()
        unconfirm_entries(entry_ids=[pair[1].pk], actor="system", now=now)
        since = dict.fromkeys([one.pk for one in pair], BEFORE)
        assert blocked_weeks(since=since, until=LATE) == {MONDAY: 1}

    def test_an_upload_that_was_counted_before_there_were_notes_counts_once_too(
        self, ask, pair, drawn_fingerprint
    ):
        ask(drawn_fingerprint(1))
        while count_blocks(now=None):
            pass
        since = dict.fromkeys([one.pk for one in pair], BEFORE)
        assert blocked_weeks(since=since, until=LATE) == {MONDAY: 2}
        self.count_all()
        assert blocked_weeks(since=since, until=LATE) == {MONDAY: 1}

    def test_an_upload_like_one_entry_needs_no_note(self, ask, confirmed, drawn_fingerprint):
        confirmed(drawn_fingerprint(1))
        ask(drawn_fingerprint(1))
        ask(drawn_fingerprint(1))
        self.count_all()
        assert not BlockedTogether.objects.exists()


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
