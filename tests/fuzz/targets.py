"""What a fuzzer feeds: each target takes any bytes and lets nothing but our own errors happen.

``main.py`` runs a target under atheris; ``test_seeds.py`` runs every seed that was ever a finding.
"""

from __future__ import annotations

import io
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from staydown.errors import FingerprintFormatError, ListFormatError, StaydownError
from staydown.formats import ListEntry, ListFormat, read_list, write_list
from staydown.index import BankFile, HammingIndex
from staydown.types import ContentKind, Fingerprint, Signal, SignalType, Timeline, Windows

FORMS = (None, *ListFormat)
QUERY = np.arange(64, dtype=np.uint8).reshape(2, 32)


def fuzz_fingerprint(data: bytes) -> None:
    """A fingerprint, as JSON and in binary: read means it can be written and read again."""
    try:
        made = Fingerprint.from_json(data)
        assert Fingerprint.from_json(made.to_json()) == made
    except FingerprintFormatError:
        pass
    try:
        made = Fingerprint.from_bytes(data)
        made.check()
        assert made.to_bytes() == data
        assert Fingerprint.from_json(made.to_json()) == made
    except FingerprintFormatError:
        pass


def fuzz_list(data: bytes) -> None:
    """A list; the first byte chooses the format, or to guess it."""
    if not data:
        return
    try:
        form = FORMS[data[0] % len(FORMS)]
        entries = list(read_list(io.BytesIO(data[1:]), name="list", form=form))
    except ListFormatError:
        return
    text = "".join(line + "\n" for line in write_list(entries, form=ListFormat.FINGERPRINTS))
    back = list(read_list(io.BytesIO(text.encode()), name="back", form=ListFormat.FINGERPRINTS))
    assert [e.fingerprint for e in back] == [e.fingerprint for e in entries]
    assert [(e.entry_id, e.withdrawn) for e in back] == [(e.entry_id, e.withdrawn) for e in entries]


def fuzz_bank(data: bytes) -> None:
    """A bank file whose checksums all hold, so that what they guard is reached."""
    with unchecked(), written(data) as path:
        try:
            store = BankFile.open(path, read_only=True)
        except StaydownError:
            return
        with store:
            try:
                use_bank(store)
            except StaydownError:
                return


def fuzz_index(data: bytes) -> None:
    """A saved index whose checksums all hold."""
    with unchecked(), written(data) as path:
        try:
            index = HammingIndex.open(path)
            index.search(QUERY, max_bits=31)
            index.search(QUERY, max_bits=0)
        except StaydownError:
            return


def use_bank(store: BankFile) -> None:
    """Everything that a reader does with an open bank file."""
    numbers = [entry.number for entry in store.entries()]
    for entry in store.entries():
        store.fingerprint(entry.entry_id)
        store.meta(entry.entry_id)
    for number in numbers:
        store.frames(number)
        for picture in store.pictures(number):
            store.picture(picture)
    store.search_pdq(QUERY, max_bits=31)
    for picture in set(store.search_windows(QUERY, max_bits=24).picture.tolist()):
        store.picture(picture)
    store.exact(SignalType.SHA256, bytes(32))


class unchecked:  # noqa: N801 - reads as a statement
    """While open, every checksum is 0 and so holds."""

    def __enter__(self) -> None:
        self._real = zlib.crc32
        zlib.crc32 = lambda *_: 0  # type: ignore[assignment, misc]

    def __exit__(self, *_: object) -> None:
        zlib.crc32 = self._real


class written:  # noqa: N801 - reads as a statement
    """The bytes as a file, for a while."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __enter__(self) -> Path:
        shm = Path("/dev/shm")
        self._folder = tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None)
        path = Path(self._folder.name) / "file"
        path.write_bytes(self._data)
        return path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def starting_points(target: str) -> Iterator[bytes]:
    """Valid inputs to start from."""
    entries = list(example_entries())
    if target == "fingerprint":
        for entry in entries:
            yield entry.fingerprint.to_json().encode()
            yield entry.fingerprint.to_bytes()
    elif target == "list":
        for number, form in enumerate(FORMS):
            text = "\n".join(write_list(entries, form=form or ListFormat.FINGERPRINTS))
            yield bytes([number]) + text.encode()
    elif target == "bank":
        yield from example_banks(entries)
    else:
        yield from example_indexes()


def example_entries() -> Iterator[ListEntry]:
    """One photo with every signal, one video, one entry from a list."""
    rng = np.random.default_rng(1)

    def some(*shape: int) -> np.ndarray:  # type: ignore[type-arg]
        return rng.integers(0, 256, shape, np.uint8)

    def windows(count: int) -> Windows:
        geometry = rng.integers(0, 2**32, count, np.uint32)
        return Windows(384, 256, some(count, 32), geometry, some(16, 16))

    photo = (
        Signal.of(SignalType.SHA256, some(32).tobytes()),
        Signal.of(SignalType.MD5, some(16).tobytes()),
        Signal.of(SignalType.PDQ, some(32).tobytes(), 90),
        Signal.of(SignalType.WINDOWS, windows(3).to_bytes()),
    )
    yield ListEntry(Fingerprint(ContentKind.PHOTO, photo), entry_id="photo", tags=("a", "b"))
    times = np.array([0, 500], np.uint32)
    timeline = Timeline(1000, times, np.array([9, 8], np.uint8), some(2, 32), ((1, windows(2)),))
    video = (Signal.of(SignalType.TIMELINE, timeline.to_bytes()),)
    yield ListEntry(Fingerprint(ContentKind.VIDEO, video), entry_id="video")
    md5 = (Signal.of(SignalType.MD5, bytes(16)),)
    yield ListEntry(Fingerprint(ContentKind.PHOTO, md5), withdrawn=True)


def example_banks(entries: list[ListEntry]) -> Iterator[bytes]:
    """A bank of appended records with a removal, and one that is compacted into a segment."""
    with unchecked(), written(b"") as path:
        path.unlink()
        with BankFile.create(path) as store:
            for number, entry in enumerate(entries):
                store.add(f"entry-{number}", entry.fingerprint, meta={"tags": "x"})
            store.remove("entry-2")
            yield path.read_bytes()
            store.compact()
        yield path.read_bytes()


def example_indexes() -> Iterator[bytes]:
    """A small saved index with ids of each kind."""
    hashes = np.random.default_rng(2).integers(0, 256, (40, 32), np.uint8)
    for ids in (np.arange(40), [f"id-{n}" for n in range(40)]):
        with unchecked(), written(b"") as path:
            path.unlink()
            index = HammingIndex(bits=256)
            index.add(ids, hashes)
            index.save(path)
            yield path.read_bytes()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "fingerprint": fuzz_fingerprint,
    "list": fuzz_list,
    "bank": fuzz_bank,
    "index": fuzz_index,
}
