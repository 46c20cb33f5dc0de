"""What the index hands to matching: one shape for stores in memory and in files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from staydown.types.fingerprint import Fingerprint
from staydown.types.signals import SignalType
from staydown.types.windows import Geometry, Grid, Hashes

MAX_ENTRY_ID_BYTES: Final = 1024
"""How long an entry's id may be, in UTF-8."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture of an entry: a photo, or one frame of a video that has windows.

    Attributes:
        number: the picture's number in its store; stable while the store is open.
        entry: the entry's number in its store; stable while the store is open.
        time_ms: presentation time of the frame; -1 for a photo.
        width, height: size of the working copy in pixels.
        hashes: uint8, shape (n, 32); may be a view on a mapped file.
        geometry: uint32, shape (n,).
        grid: uint8, shape (16, 16).
    """

    number: int
    entry: int
    time_ms: int
    width: int
    height: int
    hashes: Hashes
    geometry: Geometry
    grid: Grid


@dataclass(frozen=True, slots=True, eq=False)
class PdqHits:
    """Whole-picture neighbours; five arrays of one length.

    Attributes:
        query: int64, row of the query.
        entry: int64, entry number.
        time_ms: int64, frame time; -1 for a photo.
        quality: uint8, quality of the stored pdq.
        distance: uint16, bits.
    """

    query: npt.NDArray[np.int64]
    entry: npt.NDArray[np.int64]
    time_ms: npt.NDArray[np.int64]
    quality: npt.NDArray[np.uint8]
    distance: npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class WindowHits:
    """Window neighbours; four arrays of one length.

    Attributes:
        query: int64, row of the query.
        picture: int64, picture number; ``CandidateStore.picture`` gives its entry.
        point: int64, row within that picture's hashes.
        distance: uint16, bits.
    """

    query: npt.NDArray[np.int64]
    picture: npt.NDArray[np.int64]
    point: npt.NDArray[np.int64]
    distance: npt.NDArray[np.uint16]


class NamedEntry(Protocol):
    """An entry as a store lists it."""

    @property
    def entry_id(self) -> str:
        """The id of the entry."""
        ...


class CandidateStore(Protocol):
    """Entries that can be searched. Both searches are exact."""

    def __len__(self) -> int:
        """How many entries live."""
        ...

    def __contains__(self, entry_id: str) -> bool:
        """Whether an entry of this id lives."""
        ...

    def entries(self) -> Iterator[NamedEntry]:
        """Every living entry, in order of adding."""
        ...

    def add(self, entry_id: str, fingerprint: Fingerprint) -> None:
        """Add an entry; in a file it is durable when this returns."""
        ...

    def remove(self, entry_id: str) -> None:
        """Remove an entry; in a file this is durable when it returns."""
        ...

    def refresh(self) -> bool:
        """Take in what other processes changed; True if there was anything. Cheap if not."""
        ...

    def entry_id(self, entry: int) -> str:
        """The id of an entry number."""
        ...

    def fingerprint(self, entry_id: str) -> Fingerprint:
        """The fingerprint of an entry, equal to the one that was added."""
        ...

    def exact(self, type_: SignalType, raw: bytes) -> list[int]:
        """Entry numbers whose ``sha256`` or ``md5`` has these bytes."""
        ...

    def search_pdq(
        self, hashes: Hashes, *, max_bits: int, sure_bits: tuple[int, ...] | None = None
    ) -> PdqHits:
        """Stored whole-picture hashes (photos, all video frames) near each query row.

        Args:
            hashes: uint8, shape (q, 32).
            max_bits: radius 0..256.
            sure_bits: for each query row, beyond which distance rows may be missed; saves time.
                None means that none may.
        """
        ...

    def search_windows(self, hashes: Hashes, *, max_bits: int) -> WindowHits:
        """Stored window hashes near each query row."""
        ...

    def picture(self, number: int) -> Picture:
        """One picture by number."""
        ...

    def pictures(self, entry: int) -> list[int]:
        """The picture numbers of an entry, in order of time."""
        ...

    def frames(self, entry: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], Hashes]:
        """Times in ms (-1 for a photo), qualities and pdq hashes of an entry, in order of time."""
        ...

    def picture_count(self) -> int:
        """How many pictures have windows: photos and frames, removed ones among them."""
        ...

    def duration_ms(self, entry: int) -> int:
        """Length of an entry's video in ms; 0 for a photo."""
        ...
