"""What is kept of clear uploads: nothing unless asked for, a fair sample, and not for long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.audit.models import Event
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import unseal
from staydown_web.screening.models import Keeping, KeptDay, KeptUpload
from staydown_web.screening.selectors import keepings, kept_days, kept_uploads
from staydown_web.screening.services import keep_uploads, keeping, purge_kept, stop_keeping
from staydown_web.screening.services.keeping import Keeper
from staydown_web.screening.services.kept import kept_context

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """A keeper of this test's own, whose lots are the same each time."""
    made = Keeper(seed=7, most=400)
    monkeypatch.setattr(keeping, "_keeper", made)
    return made


@pytest.fixture
def switched_on(platform: Any, keeper: Keeper, now: Any) -> Keeper:
    keep_uploads(platform=platform, days=3, per_day=100, actor="system", now=now)
    keeper.refresh(now=now)
    return keeper


def upload(n: int, *, quality: int | None = 90) -> Fingerprint:
    value = n.to_bytes(32, "big").hex()
    return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, value, quality),))


class TestOff:
    def test_nothing_is_kept_of_a_clear_upload(self, ask, keeper, now):
        keeper.refresh(now=now)
        ask(upload(1))
        keeper.flush(now=now)
        assert not KeptUpload.objects.exists()
        assert not KeptDay.objects.exists()

    def test_another_platform_s_choice_is_not_ours(self, ask, other_platform, keeper, now):
        keep_uploads(platform=other_platform, days=3, per_day=100, actor="system", now=now)
        keeper.refresh(now=now)
        ask(upload(1))
        keeper.flush(now=now)
        assert not KeptUpload.objects.exists()


class TestOn:
    def test_hash_and_hour_are_kept_sealed_and_nothing_else(self, ask, switched_on, platform, now):
        ask(upload(1), content_ref="photo-1", account="someone", url="http://127.0.0.1:8161/1")
        switched_on.flush(now=now)
        row = KeptUpload.objects.get()
        assert {f.name for f in KeptUpload._meta.get_fields()} == {
            "lot",
            "platform",
            "hour",
            "box",
        }
        assert upload(1).signals[0].raw not in bytes(row.box)
        (found,) = kept_uploads(platform_id=platform.pk, day=now.date())
        assert found.raw == upload(1).signals[0].raw
        assert (found.hour.minute, found.hour.second) == (0, 0)

    def test_what_holds_is_not_kept(self, ask, seed, switched_on, drawn_fingerprint, now):
        seed(drawn_fingerprint(1))
        assert ask(drawn_fingerprint(1)).verdict == "hold"
        switched_on.flush(now=now)
        assert not KeptUpload.objects.exists()

    def test_files_of_a_library_are_not_kept(self, ask, switched_on, now):
        ask(upload(1), source="library", content_ref="1")
        switched_on.flush(now=now)
        assert not KeptUpload.objects.exists()

    def test_uploads_without_a_usable_hash_are_counted_alone(self, ask, switched_on, now):
        ask(upload(1, quality=0))
        ask(upload(2, quality=49))
        exact = Signal(SignalType.MD5, "00" * 16)
        ask(Fingerprint(ContentKind.PHOTO, (exact,)))
        ask(upload(3, quality=None))
        switched_on.flush(now=now)
        day = KeptDay.objects.get()
        assert (day.seen, day.other, day.kept) == (1, 3, 1)

    def test_rows_do_not_say_which_came_first(self, ask, switched_on, platform, now):
        for n in range(20):
            ask(upload(n))
        switched_on.flush(now=now)
        rows = KeptUpload.objects.order_by("lot")
        assert len({row.hour for row in rows}) == 1
        by_raw = {k.raw for k in kept_uploads(platform_id=platform.pk, day=now.date())}
        assert by_raw == {upload(n).signals[0].raw for n in range(20)}
        context = kept_context(platform.pk, rows[0].hour)
        order = [int.from_bytes(unseal(row.box, context=context)) for row in rows]
        assert order != sorted(order)


class TestSample:
    def test_a_day_keeps_no_more_than_was_said_and_counts_all(self, switched_on, platform, now):
        for n in range(5):
            for k in range(300):
                switched_on.offer(platform.pk, upload(1000 * n + k), now)
            switched_on.flush(now=now)
        day = KeptDay.objects.get()
        assert day.seen == 1500
        assert day.kept == KeptUpload.objects.count() <= 100
        assert day.kept >= 20

    def test_a_full_buffer_lets_half_go_and_the_day_stays_fair(self, switched_on, platform, now):
        for n in range(1000):
            switched_on.offer(platform.pk, upload(n), now)
        assert len(next(iter(switched_on._tallies.values())).uploads) <= 400
        switched_on.flush(now=now)
        day = KeptDay.objects.get()
        assert day.seen == 1000
        assert KeptUpload.objects.filter(lot__gte=day.limit).count() == 0

    def test_early_and_late_uploads_are_kept_alike(self, switched_on, platform, now):
        for n in range(4000):
            switched_on.offer(platform.pk, upload(n), now)
            if n % 200 == 199:
                switched_on.flush(now=now)
        kept = [
            int.from_bytes(k.raw) for k in kept_uploads(platform_id=platform.pk, day=now.date())
        ]
        late = sum(n >= 2000 for n in kept)
        # 90 or so of a fair coin: outside a third to two thirds once in a thousand seeds.
        assert len(kept) / 3 < late < len(kept) * 2 / 3

    def test_two_processes_share_a_day(self, switched_on, platform, now):
        second = Keeper(seed=8)
        for n in range(120):
            switched_on.offer(platform.pk, upload(n), now)
            second.offer(platform.pk, upload(1000 + n), now)
        switched_on.flush(now=now)
        second.flush(now=now)
        day = KeptDay.objects.get()
        assert day.seen == 240
        assert day.kept == KeptUpload.objects.count() <= 100


class TestEnd:
    def test_off_deletes_all_at_once_and_what_waits_is_dropped(
        self, ask, switched_on, platform, now
    ):
        ask(upload(1))
        switched_on.flush(now=now)
        ask(upload(2))
        assert stop_keeping(platform=platform, actor="system", now=now) == 1
        switched_on.flush(now=now)
        assert not KeptUpload.objects.exists()
        assert not KeptDay.objects.exists()
        with pytest.raises(RecordConflictError):
            stop_keeping(platform=platform, actor="system", now=now)

    def test_uploads_go_after_their_days(self, ask, switched_on, platform, now):
        ask(upload(1))
        switched_on.flush(now=now)
        assert purge_kept(now=now + timedelta(days=2, hours=23)) == 0
        assert purge_kept(now=now + timedelta(days=3, hours=1)) == 1
        assert kept_days(since=now.date()) != []
        purge_kept(now=now + timedelta(days=4))
        assert kept_days(since=now.date()) == []

    def test_no_choice_outlasts_the_table_of_retention(self, ask, platform, keeper, now):
        keep_uploads(platform=platform, days=14, per_day=100, actor="system", now=now)
        keeper.refresh(now=now)
        ask(upload(1))
        keeper.flush(now=now)
        assert purge_kept(now=now + keeps("kept_uploads") - timedelta(hours=1)) == 0
        assert purge_kept(now=now + keeps("kept_uploads") + timedelta(hours=1)) == 1

    def test_it_ends_by_itself(self, ask, switched_on, platform, now):
        ask(upload(1))
        switched_on.flush(now=now)
        later = now + timedelta(days=30)
        assert keepings(later) == {}
        purge_kept(now=later)
        assert not Keeping.objects.exists()
        assert not KeptUpload.objects.exists()

    def test_both_are_events_of_the_audit(self, switched_on, platform, now):
        stop_keeping(platform=platform, actor="system", now=now)
        told = Event.objects.filter(subject=f"platform:{platform.pk}").values_list(
            "what", flat=True
        )
        assert list(told) == ["uploads_kept", "uploads_forgotten"]


@pytest.mark.parametrize(("days", "per_day"), [(0, 100), (15, 100), (3, 99), (3, 50_001)])
def test_numbers_outside_their_ranges_are_refused(platform, now, days, per_day):
    with pytest.raises(FieldsError):
        keep_uploads(platform=platform, days=days, per_day=per_day, actor="system", now=now)
    assert not Keeping.objects.exists()
