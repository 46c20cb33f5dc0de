"""What single pieces cost that docs/capacity.md adds up, in processor time and bytes.

    python benchmarks/capacity_parts.py --work DIR > docs/results/capacity_parts.json

The driver of a scan: listing, the journal, and everything between for one file that an engine
answers at once; and what Ray takes for a batch. The bank: bytes of an entry in memory, sealed and
in the database; the time to take one in, to read it back from the database, and to seal, open and
fetch a snapshot. Processor time, so that a busy machine changes little. ``--files`` and
``--entries`` say how many.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from staydown.scanning import Scan, Verdict
from staydown.scanning.cluster.dealing import BATCH_FILES, Deal
from staydown.scanning.cluster.wire import pack_batch, pack_outcomes, unpack_outcomes
from staydown.scanning.journal import Journal
from staydown.scanning.listing import list_files
from staydown.scanning.outcomes import Outcome
from staydown.scanning.places import FileRef

CLEAR = Outcome(Verdict.CLEAR, content="photo")
ROOT = "s3://uploads/2026"


class Bucket:
    """A place with as many objects as one wants, none of which is opened."""

    is_remote = True
    root = ROOT

    def __init__(self, count: int) -> None:
        self._count = count

    def files(self) -> Iterator[FileRef]:
        """Names and tags as long as object stores have them."""
        for number in range(self._count):
            tag = hashlib.md5(str(number).encode()).hexdigest()
            address = f"{ROOT}/11/27/{tag[:2]}/{tag[2:18]}-{number:09d}.jpg"
            yield FileRef(address, address, 250_000, tag, chosen=False, place=self)

    def open(self, file: FileRef) -> Any:
        """Nobody asks: answers are given at once."""
        raise AssertionError(f"{file.name} was opened")


class AtOnce:
    """An engine that answers at once, through the same dealing and packing as a cluster's."""

    workers, worker_s = 1, 0.0

    def check(self, files: Sequence[FileRef]) -> Generator[tuple[FileRef, Outcome], None, None]:
        """Every file is clear."""
        deal = Deal(files)
        while (batch := deal.take()) is not None:
            pack_batch(batch, deal.files, (ROOT,))
            answer = pack_outcomes(dict.fromkeys(batch.numbers, CLEAR))
            yield from deal.settle(unpack_outcomes(answer, batch))


def cluster(calls: int = 3_000) -> dict[str, float]:
    """What one batch costs the driver in Ray itself: a call to a worker and its answer."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1")
    workers = [ray.remote(_Echo).remote() for _ in range(2)]
    ray.get([worker.answer.remote(b"") for worker in workers])
    batch, row = os.urandom(140 * BATCH_FILES), {"batch_files": float(BATCH_FILES)}
    with timed(row, "batch_us", calls):
        flying = {workers[n % 2].answer.remote(batch): n % 2 for n in range(4)}
        for sent in range(4, calls + 4):
            (ref, *_), _ = ray.wait([*flying])
            which = flying.pop(ref)
            ray.get(ref)
            if sent < calls:
                flying[workers[which].answer.remote(batch)] = which
    ray.shutdown()
    return row


class _Echo:
    """Answers with a part of what it gets, as long as outcomes are."""

    def answer(self, raw: bytes) -> bytes:
        """A part of it."""
        return raw[: len(raw) // 4]


def resident_bytes() -> int:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def timed(row: dict[str, float], name: str, count: int, *, unit: float = 1e6) -> Iterator[None]:
    """Note processor time in microseconds for each of ``count``."""
    began = time.process_time()
    yield
    row[name] = round((time.process_time() - began) / count * unit, 3)


def driver(work: Path, files: int) -> dict[str, float]:
    """What one file costs the driver of a scan."""
    row: dict[str, float] = {"files": files}
    before = resident_bytes()
    with timed(row, "listing_us", files):
        listing = list_files([Bucket(files)])
    row["listing_bytes"] = round((resident_bytes() - before) / files, 1)
    state = work / "state"
    state.unlink(missing_ok=True)
    with Journal(state, context="capacity") as journal:
        before = resident_bytes()
        with timed(row, "dealing_us", files):
            done = sum(1 for _ in Scan(AtOnce(), journal=journal).run(listing.files))
        assert done == files
        row["dealing_bytes"] = round((resident_bytes() - before) / files, 1)
    row["journal_disk_bytes"] = round(state.stat().st_size / files, 1)
    with timed(row, "resuming_us", files), Journal(state, context="capacity") as journal:
        known = sum(1 for _ in Scan(AtOnce(), journal=journal).run(listing.files))
        assert known == files
    return row


def bank(entries: int) -> dict[str, float]:
    """What one entry costs, and how quick snapshots are."""
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from staydown.types import ContentKind, Fingerprint, Signal, SignalType
    from staydown_web.banks import services
    from staydown_web.banks.models import Entry
    from staydown_web.banks.services.publishing import _segments
    from staydown_web.base.clock import utc_now

    row: dict[str, float] = {"entries": entries}
    reported = services.default_bank(utc_now())
    services.open_segments()
    size_before = database_bytes(connection)
    with timed(row, "take_in_us", entries):
        for first in range(0, entries, 2_000):
            raws = [
                Fingerprint(
                    ContentKind.PHOTO,
                    (Signal(SignalType.PDQ, hashlib.sha256(b"%d" % n).hexdigest(), 100),),
                ).to_bytes()
                for n in range(first, min(first + 2_000, entries))
            ]
            services.take_in_entries(
                bank=reported,
                raws=raws,
                origin=Entry.Origin.IMPORT,
                actor="system",
                now=utc_now(),
            )
    row["database_bytes"] = round((database_bytes(connection) - size_before) / entries, 1)
    segments = _segments()
    services.purge_segments()
    with timed(row, "rebuild_us", entries):
        segments._rebuild()  # noqa: SLF001 - what a start without any snapshot does
    memory = Path(os.environ["STAYDOWN_SHARED_MEMORY"]) / "bank"
    row["memory_bytes"] = round(memory.stat().st_size / entries, 1)
    megabytes = memory.stat().st_size / 1e6
    with timed(row, "seal_ms_a_mb", int(megabytes), unit=1e3):
        services.save_snapshot(is_due=True)
    (sealed,) = segments.snapshots.newest_first()
    row["sealed_bytes"] = round(sealed.stat().st_size / entries, 1)
    with timed(row, "share_ms_a_mb", int(megabytes), unit=1e3):
        assert services.share_snapshot(now=utc_now())
    services.close_segments()
    for path in memory.parent.iterdir():
        path.unlink()
    with timed(row, "open_sealed_ms_a_mb", int(megabytes), unit=1e3):
        services.open_segments()
    services.close_segments()
    for path in (*memory.parent.iterdir(), sealed):
        path.unlink()
    with timed(row, "start_from_store_ms_a_mb", int(megabytes), unit=1e3):
        services.open_segments()
    services.close_segments()
    return row


def database_bytes(connection: Any) -> int:
    """How large the database is."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    name = Path(connection.settings_dict["NAME"])
    return name.stat().st_size


def main() -> None:
    """Measure, and print one JSON object."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--work", type=Path, required=True)
    reader.add_argument("--files", type=int, default=200_000)
    reader.add_argument("--entries", type=int, default=200_000)
    given = reader.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        STAYDOWN_HOME=str(given.work / "home"),
        STAYDOWN_SHARED_MEMORY=f"/dev/shm/staydown-capacity-{os.getpid()}",
        STAYDOWN_SEGMENTS_URL=f"file://{given.work / 'store'}",
        DJANGO_SETTINGS_MODULE="staydown_web.config.settings",
    )
    row = {
        "load_at_start": os.getloadavg(),
        "driver": driver(given.work, given.files),
        "cluster": cluster(),
        "bank": bank(given.entries),
        "database": "PostgreSQL" if "postgres" in os.environ.get("DATABASE_URL", "") else "SQLite",
        "load_at_end": os.getloadavg(),
    }
    json.dump(row, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
