"""The bank in shared memory: rebuilt, snapshot, purged, healed; nothing readable on a disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from django.conf import settings

from staydown_web.banks.models import Entry, EntryChange
from staydown_web.banks.services import (
    catch_up,
    close_segments,
    confirm_entries,
    is_ready,
    match_entries,
    open_segments,
    purge_segments,
    save_snapshot,
    segments_version,
    touch_segments,
    withdraw_entry,
)
from staydown_web.banks.services.sealed_file import seal_file, unseal_file
from staydown_web.banks.tasks import JOBS
from staydown_web.base.errors import ConfigError, SealError

pytestmark = pytest.mark.django_db(transaction=True)


def memory() -> Path:
    return Path(settings.STAYDOWN_SHARED_MEMORY)


def lose_memory() -> None:
    """As after a restart of the machine."""
    close_segments()
    for path in memory().iterdir():
        path.unlink()


def found(fingerprint) -> list[str]:
    return [m.entry_id for m in match_entries(fingerprint)]


def test_only_the_owner_can_read_the_memory(add, drawn_fingerprint):
    add(drawn_fingerprint(1))

    assert stat.S_IMODE(memory().stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) & 0o077 for p in memory().iterdir()} == {0}


def test_a_folder_of_somebody_else_is_refused(segments):
    memory().symlink_to("/")
    with pytest.raises(ConfigError):
        open_segments()


def test_ready_means_mapped(segments):
    assert not is_ready()
    open_segments()
    assert is_ready()
    close_segments()
    assert not is_ready()


def test_after_a_restart_the_database_alone_brings_everything_back(
    add, drawn_fingerprint, demo_fingerprint, now
):
    kept = add(drawn_fingerprint(1)).entry
    photo = add(demo_fingerprint("bridge.jpg")).entry
    gone = add(drawn_fingerprint(2)).entry
    withdraw_entry(entry_id=gone.pk, actor="person", now=now)

    lose_memory()

    assert found(drawn_fingerprint(1)) == [str(kept.pk)]
    assert found(demo_fingerprint("bridge.jpg")) == [str(photo.pk)]
    assert found(drawn_fingerprint(2)) == []


def test_a_snapshot_and_the_changes_after_it_bring_everything_back(
    add, drawn_fingerprint, now, segments
):
    first, second = add(drawn_fingerprint(1)).entry, add(drawn_fingerprint(2)).entry
    assert save_snapshot()
    third = add(drawn_fingerprint(3)).entry
    withdraw_entry(entry_id=second.pk, actor="person", now=now)
    # What only a snapshot can bring back shows that it was used.
    Entry.objects.filter(pk=first.pk).update(box=b"unreadable")

    lose_memory()

    assert found(drawn_fingerprint(1)) == [str(first.pk)]
    assert found(drawn_fingerprint(2)) == []
    assert found(drawn_fingerprint(3)) == [str(third.pk)]


def test_no_fingerprint_is_readable_in_a_snapshot(add, drawn_fingerprint, segments):
    entry = add(drawn_fingerprint(1)).entry
    save_snapshot()

    (path,) = segments.iterdir()
    raw = path.read_bytes()
    assert drawn_fingerprint(1).signals[0].raw not in raw
    assert str(entry.pk).encode() not in raw
    assert drawn_fingerprint(1).signals[0].raw in (memory() / "bank").read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("at", [4, 40, -1])
def test_a_damaged_snapshot_is_discarded_and_the_bank_rebuilt(
    add, drawn_fingerprint, segments, at, caplog
):
    entry = add(drawn_fingerprint(1)).entry
    save_snapshot()
    (path,) = segments.iterdir()
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)

    lose_memory()

    assert found(drawn_fingerprint(1)) == [str(entry.pk)]
    assert not path.exists()
    assert "a snapshot is discarded (seal_broken)" in caplog.text


def test_a_snapshot_of_another_database_is_discarded(add, drawn_fingerprint, segments):
    add(drawn_fingerprint(1))
    save_snapshot()
    (path,) = segments.iterdir()
    kept = path.read_bytes()
    Entry.objects.all().delete()
    lose_memory()
    other = add(drawn_fingerprint(2)).entry
    close_segments()
    for row in memory().iterdir():
        row.unlink()
    last = EntryChange.objects.order_by("-seq").first()
    (segments / f"{last.seq:016d}.sealed").write_bytes(kept)

    assert found(drawn_fingerprint(1)) == []
    assert found(drawn_fingerprint(2)) == [str(other.pk)]


def test_snapshots_are_sealed_when_enough_changed_and_old_ones_go(add, drawn_fingerprint, segments):
    add(drawn_fingerprint(1))
    assert save_snapshot()
    assert not save_snapshot()
    add(drawn_fingerprint(2))
    assert not save_snapshot()
    assert save_snapshot(is_due=True)
    assert len(list(segments.iterdir())) == 1


def test_purging_leaves_nothing_of_a_withdrawn_entry(add, drawn_fingerprint, now, segments):
    bits = drawn_fingerprint(1).signals[0].raw
    entry = add(drawn_fingerprint(1)).entry
    other = add(drawn_fingerprint(2)).entry
    save_snapshot(is_due=True)
    (before,) = segments.iterdir()
    withdraw_entry(entry_id=entry.pk, actor="person", now=now)
    assert bits in (memory() / "bank").read_bytes()

    assert purge_segments() == 1

    assert not any(bits in path.read_bytes() for path in memory().iterdir())
    assert not before.exists()
    assert found(drawn_fingerprint(2)) == [str(other.pk)]
    assert purge_segments() == 0


def test_a_change_that_was_never_published_is_healed_by_the_worker(
    add, drawn_fingerprint, monkeypatch, now
):
    open_segments()
    monkeypatch.setattr("staydown_web.banks.services.changes.catch_up", lambda: 0)
    entry = add(drawn_fingerprint(1)).entry
    assert found(drawn_fingerprint(1)) == []

    job = next(job for job in JOBS if job.name == "publish_changes")
    assert job.every_s <= 0.5
    assert job.run(now) == 1

    assert found(drawn_fingerprint(1)) == [str(entry.pk)]
    assert job.run(now) == 0


def test_a_change_that_was_half_published_is_applied_again_without_harm(
    add, drawn_fingerprint, now
):
    from staydown_web.banks.services.publishing import _segments
    from staydown_web.banks.services.shared_state import Progress

    entry = add(drawn_fingerprint(1)).entry
    with _segments()._state.writing():
        _segments()._state.move(Progress())

    assert catch_up() == 1
    assert found(drawn_fingerprint(1)) == [str(entry.pk)]


def test_a_database_that_was_put_back_to_an_earlier_day_is_noticed(add, drawn_fingerprint):
    first = add(drawn_fingerprint(1)).entry
    later = add(drawn_fingerprint(2)).entry
    EntryChange.objects.filter(entry=later).delete()
    Entry.objects.filter(pk=later.pk).delete()

    catch_up()

    assert found(drawn_fingerprint(2)) == []
    assert found(drawn_fingerprint(1)) == [str(first.pk)]


def test_a_damaged_bank_in_memory_is_made_anew(add, drawn_fingerprint):
    entry = add(drawn_fingerprint(1)).entry
    close_segments()
    (memory() / "bank").write_bytes(b"not a bank")

    assert found(drawn_fingerprint(1)) == [str(entry.pk)]


def test_the_version_grows_with_every_change(add, drawn_fingerprint, now):
    open_segments()
    seen = [segments_version()]
    entry = add(drawn_fingerprint(1)).entry
    seen.append(segments_version())
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    seen.append(segments_version())
    touch_segments()
    seen.append(segments_version())
    assert seen == sorted(set(seen))


def test_a_sealed_file_is_bound_to_its_header_and_its_length(tmp_path, segments):
    size = (4 << 20) + 5
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(os.urandom(size))
    with plain.open("rb") as file:
        seal_file(file, size, sealed, {"applied": 7})
    out = tmp_path / "out"
    with out.open("wb") as file:
        assert unseal_file(sealed, file)["applied"] == 7
    assert out.read_bytes() == plain.read_bytes()

    raw = sealed.read_bytes()
    for damaged in (
        raw.replace(b'"applied": 7', b'"applied": 8'),
        raw[:-1],
        raw[: len(raw) - 21],
        raw + b"x",
        raw[:8],
        b"",
    ):
        sealed.write_bytes(damaged)
        with pytest.raises(SealError), (tmp_path / "none").open("wb") as file:
            unseal_file(sealed, file)
