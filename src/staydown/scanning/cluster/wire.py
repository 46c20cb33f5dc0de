"""What goes between the scan and its workers: JSON in bytes, read strictly on both sides.

Ray could carry our objects by itself, with pickle. Plain values keep what crosses the network
small, and what a worker may say narrow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from staydown.errors import ClusterError, FingerprintFormatError, SnapshotMissingError
from staydown.scanning.cluster.dealing import Batch
from staydown.scanning.outcomes import Outcome
from staydown.scanning.places import FileRef

_FIRST_BYTES, _LAST_BYTES = 4096, 65536
_FILE = "file://"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs before its first file.

    Attributes:
        version: of Staydown; another one could give other results.
        bank: where nodes find the bank file.
        mark: which bank it must be; see ``bank_mark``.
        min_score, mode: see ``ScanOptions``.
        limits: what one file may cost.
        roots: the places that the files are below.
    """

    version: str
    bank: str
    mark: str
    min_score: float
    mode: str
    limits: dict[str, Any]
    roots: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """As JSON."""
        return _packed(asdict(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read what ``to_bytes`` made."""
        row = json.loads(raw)
        return cls(**row | {"roots": tuple(row["roots"])})


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a worker says first.

    Attributes:
        host: the machine it is on.
        refusal: why it cannot work there, with the remedy; empty where it can.
    """

    host: str
    refusal: str

    def to_bytes(self) -> bytes:
        """As JSON."""
        return _packed(asdict(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read what ``to_bytes`` made.

        Raises:
            ClusterError: it is something else.
        """
        try:
            row = json.loads(raw)
            return cls(str(row["host"]), str(row["refusal"]))
        except (ValueError, KeyError, TypeError):
            raise _unreadable() from None


def bank_mark(path: Path) -> str:
    """Tell one bank file from every other, and from itself before a change.

    Its first page holds its own id and where its last record ends, so a page, the end and the size
    are enough: nothing else of a bank file changes but by growing or by being replaced.

    Raises:
        SnapshotMissingError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            first = file.read(_FIRST_BYTES)
            file.seek(max(0, size - _LAST_BYTES))
            last = file.read(_LAST_BYTES)
    except OSError as error:
        raise SnapshotMissingError(f"{path}: {error.strerror}. Check the path.") from None
    return blake2b(b"%d\0" % size + first + last, digest_size=16).hexdigest()


def pack_batch(batch: Batch, files: Sequence[FileRef], roots: Sequence[str]) -> bytes:
    """The files of a batch, each with the number of its place among ``roots``."""
    numbered = {root: index for index, root in enumerate(roots)}
    rows = []
    for number in batch.numbers:
        ref = files[number]
        root = numbered[ref.place.root]
        rows.append([number, root, ref.address, ref.size, ref.version, ref.chosen])
    return _packed(rows)


def unpack_batch(raw: bytes) -> list[tuple[int, int, str, int, str, bool]]:
    """The rows of a batch: number, place, address, size, version, chosen."""
    return [tuple(row) for row in json.loads(raw)]


def path_or_address(address: str) -> str:
    """What opens a file on any machine: a path for files of a folder, an address for others."""
    return address.removeprefix(_FILE)


def pack_outcomes(outcomes: dict[int, Outcome]) -> bytes:
    """What became of a batch."""
    return _packed([[number, outcome.to_state()] for number, outcome in outcomes.items()])


def unpack_outcomes(raw: bytes, batch: Batch) -> dict[int, Outcome]:
    """Read what a worker says of a batch.

    Raises:
        ClusterError: it is no answer to this batch.
    """
    try:
        found = {number: Outcome.from_state(state) for number, state in json.loads(raw)}
    except (ValueError, TypeError, FingerprintFormatError):
        raise _unreadable() from None
    if found.keys() != set(batch.numbers):
        raise _unreadable()
    return found


def _packed(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _unreadable() -> ClusterError:
    return ClusterError(
        "a worker gave an answer that cannot be read. Install the same version of Staydown on all"
        " machines of the cluster."
    )
