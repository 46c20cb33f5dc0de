"""Segments through an object store: whole or not at all, and never instead of the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from s3_server import s3_environment, s3_server
from staydown_web.banks.models import Entry, EntryChange
from staydown_web.banks.services import (
    close_segments,
    match_entries,
    open_segments,
    purge_segments,
    save_snapshot,
    share_snapshot,
    withdraw_entry,
)
from staydown_web.banks.services.segment_store import (
    LEAST_BYTES_S,
    POINTER,
    Pointer,
    SegmentStore,
)
from staydown_web.banks.services.shared_state import Progress
from staydown_web.banks.services.snapshots import Snapshot, Snapshots
from staydown_web.banks.services.travelling import EVERY, FAR_BEHIND, fetch_newer, is_due, share
from staydown_web.banks.tasks import JOBS
from staydown_web.base.errors import ConfigError, SealError, SegmentStoreError

obstore = pytest.importorskip("obstore")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server("bank") as address:
        yield address


@pytest.fixture
def bucket(
    s3: str, segments: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Segments travel by a folder of an S3 server, a new one for each test."""
    for name, value in s3_environment(s3).items():
        monkeypatch.setenv(name, value)
    url = f"s3://bank/{abs(hash(request.node.name))}"
    with override_settings(STAYDOWN_SEGMENTS_URL=url):
        yield url
        close_segments()


@pytest.fixture
def folder(tmp_path: Path, segments: Path) -> Iterator[Path]:
    """Segments travel by a shared folder."""
    path = tmp_path / "shared"
    with override_settings(STAYDOWN_SEGMENTS_URL=f"file://{path}"):
        yield path
        close_segments()


@contextmanager
def another_machine(root: Path) -> Iterator[None]:
    """The same database and keys, another home and memory."""
    close_segments()
    with override_settings(STAYDOWN_HOME=root / "home", STAYDOWN_SHARED_MEMORY=root / "memory"):
        yield
        close_segments()


def found(fingerprint: Any) -> list[str]:
    return [m.entry_id for m in match_entries(fingerprint)]


def publish(now: Any) -> bool:
    save_snapshot(is_due=True)
    return share_snapshot(now=now)


def only_the_store_has(*entries: Entry) -> None:
    """What only a snapshot can bring back shows that it was used."""
    Entry.objects.filter(pk__in=[e.pk for e in entries]).update(box=b"unreadable")


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != POINTER)


def pointer_for(applied: int, *, now: Any, removed: int = 0, anchor: bytes = bytes(32)) -> Pointer:
    return Pointer("a.sealed", 1, "0" * 64, Progress(applied, anchor, removed), now)


def test_another_machine_starts_from_the_store(add, drawn_fingerprint, now, bucket, tmp_path):
    first = add(drawn_fingerprint(1)).entry
    assert publish(now)
    second = add(drawn_fingerprint(2)).entry
    only_the_store_has(first)

    with another_machine(tmp_path / "other"):
        assert found(drawn_fingerprint(1)) == [str(first.pk)]
        assert found(drawn_fingerprint(2)) == [str(second.pk)], "what came later is in the database"


def test_a_shared_folder_will_do(add, drawn_fingerprint, now, folder, tmp_path):
    first = add(drawn_fingerprint(1)).entry
    assert publish(now)
    only_the_store_has(first)

    with another_machine(tmp_path / "other"):
        assert found(drawn_fingerprint(1)) == [str(first.pk)]


def test_nothing_readable_is_in_the_store(add, drawn_fingerprint, now, folder):
    entry = add(drawn_fingerprint(1)).entry
    publish(now)

    raw = b"".join(path.read_bytes() for path in folder.iterdir())
    assert drawn_fingerprint(1).signals[0].raw not in raw
    assert str(entry.pk).encode() not in raw


def test_the_same_snapshot_is_published_once(add, drawn_fingerprint, now, bucket):
    add(drawn_fingerprint(1))
    assert publish(now)
    assert not share_snapshot(now=now + EVERY)
    add(drawn_fingerprint(2))
    assert not publish(now + EVERY - timedelta(seconds=1)), "one change can wait"
    assert share_snapshot(now=now + EVERY)


def test_the_one_before_goes(add, drawn_fingerprint, now, folder):
    add(drawn_fingerprint(1))
    publish(now)
    (before,) = objects(folder)
    add(drawn_fingerprint(2))
    assert publish(now + EVERY)

    (after,) = objects(folder)
    assert after != before


def test_bytes_of_withdrawn_entries_leave_the_store_at_once(add, drawn_fingerprint, now, folder):
    gone = add(drawn_fingerprint(1)).entry
    add(drawn_fingerprint(2))
    publish(now)
    (before,) = objects(folder)
    withdraw_entry(entry_id=gone.pk, actor="person", now=now)

    purge_segments()

    assert share_snapshot(now=now), "a minute later would be too late"
    assert objects(folder) != [before]


def test_of_two_publishers_one_wins_and_the_other_takes_its_object_back(
    add, drawn_fingerprint, now, bucket, tmp_path
):
    add(drawn_fingerprint(1))
    save_snapshot(is_due=True)
    newest = Snapshots(Path(settings.STAYDOWN_HOME) / "segments").newest()
    winner, loser = SegmentStore(bucket), SegmentStore(bucket)
    real_put = loser.put

    def put_then_be_overtaken(name: str, path: Path) -> None:
        real_put(name, path)
        theirs = Pointer("b.sealed", 1, "0" * 64, Progress(newest.progress.applied), now)
        winner.put("b.sealed", newest.path)
        assert winner.move_pointer(theirs, over=None)

    loser.put = put_then_be_overtaken  # type: ignore[method-assign]

    assert share(newest, loser, now=now) is False
    assert winner.pointer().name == "b.sealed"
    assert winner.objects_before(now + timedelta(days=36_500)) == ["b.sealed"]


def test_a_pointer_that_moved_meanwhile_is_not_written_over(now, bucket):
    store = SegmentStore(bucket)
    assert store.move_pointer(pointer_for(1, now=now), over=None)
    before = store.pointer()
    assert store.move_pointer(pointer_for(2, now=now), over=before.version)

    assert store.move_pointer(pointer_for(3, now=now), over=before.version) is False
    assert store.move_pointer(pointer_for(3, now=now), over=None) is False
    assert store.pointer().progress.applied == 2


def test_a_call_that_was_sent_again_knows_what_it_wrote(now, bucket):
    store = SegmentStore(bucket)
    mine = pointer_for(1, now=now)
    assert store.move_pointer(mine, over=None)
    assert store.move_pointer(mine, over=None), "it met its own pointer"


def test_what_a_killed_publisher_left_is_swept(add, drawn_fingerprint, now, folder):
    add(drawn_fingerprint(1))
    left = folder / f"{1:016d}-left.sealed"
    left.write_bytes(b"sealed")

    assert publish(now + timedelta(days=36_500))
    assert not left.exists()


def test_what_another_machine_is_just_storing_stays(add, drawn_fingerprint, folder):
    from staydown_web.base.clock import utc_now

    add(drawn_fingerprint(1))
    fresh = folder / f"{1:016d}-fresh.sealed"
    fresh.write_bytes(b"sealed")

    assert publish(utc_now())
    assert fresh.exists()


@pytest.mark.parametrize("harm", ["flipped", "cut", "longer", "gone", "empty"])
def test_a_damaged_object_is_passed_over_and_the_database_read(
    add, drawn_fingerprint, now, folder, tmp_path, caplog, harm
):
    entry = add(drawn_fingerprint(1)).entry
    publish(now)
    (path,) = objects(folder)
    raw = path.read_bytes()
    match harm:
        case "flipped":
            path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        case "cut":
            path.write_bytes(raw[:-1])
        case "longer":
            path.write_bytes(raw + raw)
        case "empty":
            path.write_bytes(b"")
        case _:
            path.unlink()

    with another_machine(tmp_path / "other"):
        assert found(drawn_fingerprint(1)) == [str(entry.pk)]
        is_passed_over = "no start from the store of segments" in caplog.text
        # What stands behind the end that was published is never fetched.
        assert is_passed_over == (harm != "longer")


def test_a_forged_object_does_not_open_even_under_a_pointer_that_fits(
    add, drawn_fingerprint, now, folder, tmp_path, caplog
):
    import hashlib

    entry = add(drawn_fingerprint(1)).entry
    publish(now)
    (path,) = objects(folder)
    raw = path.read_bytes()
    forged = raw[:-1] + bytes([raw[-1] ^ 1])
    path.write_bytes(forged)
    text = (folder / POINTER).read_text()
    pointer = Pointer.from_json(text.encode(), {})
    digest = hashlib.sha256(forged).hexdigest()
    (folder / POINTER).write_text(text.replace(pointer.sha256, digest))

    with another_machine(tmp_path / "other"):
        assert found(drawn_fingerprint(1)) == [str(entry.pk)]
        assert "a snapshot is discarded (seal_broken)" in caplog.text


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"version": 2}', b"\xff" * 9_000])
def test_a_pointer_that_cannot_be_read_is_passed_over_and_replaced(
    add, drawn_fingerprint, now, bucket, tmp_path, caplog, raw
):
    entry = add(drawn_fingerprint(1)).entry
    store = SegmentStore(bucket)
    obstore.put(store._store(), POINTER, raw)
    with pytest.raises(SealError):
        store.pointer()
    with another_machine(tmp_path / "other"):
        assert found(drawn_fingerprint(1)) == [str(entry.pk)]

    assert publish(now)
    assert store.pointer().progress.applied == EntryChange.objects.latest("seq").seq


def test_a_pointer_to_somewhere_else_is_none(now):
    text = pointer_for(1, now=now).to_json()
    for name in (b"../a.sealed", b"a.json", b""):
        with pytest.raises(SealError):
            Pointer.from_json(text.replace(b"a.sealed", name), {})


def test_another_databases_snapshot_is_not_used_and_gives_way(
    add, drawn_fingerprint, now, folder, tmp_path, caplog
):
    add(drawn_fingerprint(1))
    publish(now)
    text = (folder / POINTER).read_text()
    anchor = Pointer.from_json(text.encode(), {}).progress.anchor.hex()
    (folder / POINTER).write_text(text.replace(anchor, "0" * 64))

    with another_machine(tmp_path / "other"):
        open_segments()
        assert "no start from the store of segments (seal_broken)" in caplog.text
    assert share_snapshot(now=now)


def test_a_store_that_is_away_stops_no_start_and_is_told_by_the_job(
    add, drawn_fingerprint, now, segments, tmp_path, caplog, monkeypatch
):
    for name, value in s3_environment("http://127.0.0.1:9").items():
        monkeypatch.setenv(name, value)
    entry = add(drawn_fingerprint(1)).entry
    close_segments()
    with override_settings(STAYDOWN_SEGMENTS_URL="s3://bank/away"):
        with another_machine(tmp_path / "other"):
            assert found(drawn_fingerprint(1)) == [str(entry.pk)]
            assert "(segment_store_failed); the database is read" in caplog.text
            save_snapshot(is_due=True)
            with pytest.raises(SegmentStoreError) as error:
                share_snapshot(now=now)
        assert error.value.retryable
        assert "127.0.0.1" not in str(error.value)


def test_a_slow_store_is_left_for_the_database(add, drawn_fingerprint, now, folder, tmp_path):
    add(drawn_fingerprint(1))
    publish(now)
    store = SegmentStore(f"file://{folder}")
    pointer = store.pointer()
    moments = iter([0.0, pointer.size / LEAST_BYTES_S + 21.0])
    with pytest.raises(SegmentStoreError, match="slow"):
        store.fetch(pointer, tmp_path / "target", clock=lambda: next(moments))


def test_a_snapshot_that_is_replaced_while_it_is_fetched_is_fetched_anew(
    add, drawn_fingerprint, now, folder, tmp_path
):
    add(drawn_fingerprint(1))
    publish(now)
    store = SegmentStore(f"file://{folder}")
    real_fetch = store.fetch
    tries: list[str] = []

    def fetch(pointer: Pointer, target: Path) -> None:
        tries.append(pointer.name)
        if len(tries) == 1:
            add(drawn_fingerprint(2))
            publish(now + EVERY)
        real_fetch(pointer, target)

    store.fetch = fetch  # type: ignore[method-assign]
    snapshots = Snapshots(tmp_path / "elsewhere")

    assert fetch_newer(snapshots, store)
    assert len(set(tries)) == 2
    assert snapshots.newest().progress.applied == EntryChange.objects.latest("seq").seq
    assert [p.name for p in (tmp_path / "elsewhere").iterdir()] == [snapshots.newest().path.name]


def test_a_machine_with_a_snapshot_of_about_the_same_age_fetches_nothing(
    add, drawn_fingerprint, now, folder
):
    add(drawn_fingerprint(1))
    publish(now)
    store = SegmentStore(f"file://{folder}")
    mine = Snapshots(Path(settings.STAYDOWN_HOME) / "segments")
    assert fetch_newer(mine, store) is False


def test_when_a_snapshot_is_due(add, drawn_fingerprint, now, segments):
    from staydown_web.banks.selectors import anchor_of

    for number in range(3):
        add(drawn_fingerprint(number))
    rows = list(EntryChange.objects.order_by("seq"))
    at = [Snapshot(Path("any"), Progress(row.seq, anchor_of(row))) for row in rows]
    here = at[1].progress
    published = pointer_for(here.applied, now=now, anchor=here.anchor)
    unclean = pointer_for(here.applied, now=now, anchor=here.anchor, removed=2)
    foreign = pointer_for(here.applied, now=now, anchor=bytes(32))

    assert not is_due(at[0], published, now=now + EVERY), "an older one never"
    assert not is_due(at[1], published, now=now + EVERY), "the same never"
    assert not is_due(at[2], published, now=now), "a little newer can wait"
    assert is_due(at[2], published, now=now + EVERY)
    assert is_due(at[1], unclean, now=now), "the same without what was removed"
    assert is_due(at[2], unclean, now=now)
    assert is_due(at[0], foreign, now=now)
    assert is_due(replace(at[1], key=2), published, now=now), "an older key will be retired"
    assert not is_due(replace(at[0], key=2), published, now=now)


def test_a_long_list_is_due_at_once(add, drawn_fingerprint, now, segments, bank):
    from staydown_web.banks.models import Import
    from staydown_web.banks.selectors import anchor_of

    add(drawn_fingerprint(1))
    first = EntryChange.objects.get()
    batch = Import.objects.create(
        bank=bank, digest="x", state="done", count=FAR_BEHIND, actor="system", started_at=now
    )
    later = EntryChange.objects.create(
        bank=bank, batch=batch, what=EntryChange.What.IMPORTED, at=now, actor="system"
    )
    published = pointer_for(first.seq, now=now, anchor=anchor_of(first))
    mine = Snapshot(Path("any"), Progress(later.seq, anchor_of(later)))
    assert is_due(mine, published, now=now)


def test_the_worker_publishes(add, drawn_fingerprint, now, folder):
    add(drawn_fingerprint(1))
    save_snapshot(is_due=True)
    job = next(job for job in JOBS if job.name == "share_segments")
    assert job.run(now) == 0
    assert (folder / POINTER).exists()


def test_without_a_store_nothing_is_published(add, drawn_fingerprint, now, segments):
    add(drawn_fingerprint(1))
    assert publish(now) is False


def test_without_the_extra_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ConfigError, match=r"staydown\[s3\]"):
        SegmentStore("s3://bank").pointer()
