"""What a worker does on a node: open the bank, then fingerprint and match one batch after another.

A worker holds one processor of the cluster. It has one decoding process, isolated as everywhere,
and matches while that decodes the next file.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import staydown
from staydown.errors import SourceError, StaydownError
from staydown.index import BankFile
from staydown.isolate import Pool
from staydown.matching import Matcher
from staydown.scanning.cluster.wire import (
    Setup,
    Welcome,
    bank_mark,
    pack_outcomes,
    path_or_address,
    unpack_batch,
)
from staydown.scanning.engine import ScanOptions
from staydown.scanning.folders import Folder
from staydown.scanning.listing import place_of
from staydown.scanning.local import LocalEngine
from staydown.scanning.outcomes import Outcome
from staydown.scanning.places import FileRef, Place
from staydown.types.limits import Limits

_ROOTS_TRIED = 32


class NodeWorker:
    """One worker.

    Args:
        setup: a ``Setup`` as bytes.
    """

    def __init__(self, setup: bytes) -> None:
        self._setup = Setup.from_bytes(setup)
        self._places: list[Place] = []
        self._engine: LocalEngine | None = None

    def hello(self) -> bytes:
        """Get ready; a ``Welcome`` as bytes, which says so where this node cannot work."""
        return Welcome(socket.gethostname(), self._open()).to_bytes()

    def check(self, batch: bytes) -> bytes:
        """Check a batch; the outcome of each file as bytes."""
        assert self._engine is not None  # noqa: S101 - hello comes first
        numbers: dict[str, int] = {}
        files = []
        for number, root, address, size, version, chosen in unpack_batch(batch):
            name = path_or_address(address)
            files.append(FileRef(name, address, size, version, chosen, self._places[root]))
            numbers[address] = number
        done: dict[int, Outcome] = {}
        for ref, outcome in self._engine.check(files):
            done[numbers[ref.address]] = outcome
        return pack_outcomes(done)

    def _open(self) -> str:
        """Open bank and places. Returns what is wrong here, or nothing."""
        setup = self._setup
        if setup.version != staydown.__version__:
            return (
                f"it has Staydown {staydown.__version__}, the scan runs {setup.version}. Install"
                " the same version on all machines of the cluster"
            )
        wrong = _bank_wrong(setup) or _places_wrong(setup.roots, self._places)
        if wrong:
            return wrong
        options = ScanOptions(
            min_score=setup.min_score,
            mode=setup.mode,
            workers=1,
            limits=Limits.from_dict(setup.limits),
        )
        try:
            matcher = Matcher(BankFile.open(setup.bank, read_only=True, threads=1))
        except StaydownError as error:
            return str(error)
        self._engine = LocalEngine(matcher, options, pool=Pool(1, options.limits))
        return ""


def _bank_wrong(setup: Setup) -> str:
    try:
        mark = bank_mark(Path(setup.bank))
    except StaydownError:
        return (
            f"it has no bank file at {setup.bank}. Put the bank file where all machines see it at"
            " one path, or copy it to each and say where with --node-bank"
        )
    if mark != setup.mark:
        return (
            f"the bank file at {setup.bank} is not the one of this scan. Copy the bank file anew;"
            " if it was changed since the scan began, start the scan again"
        )
    return ""


def _places_wrong(roots: tuple[str, ...], places: list[Place]) -> str:
    """Make the places; of the first ones it is tried whether they can be reached."""
    for number, root in enumerate(roots):
        try:
            place = Folder(root) if root.startswith("/") else place_of(root)
            if number < _ROOTS_TRIED:
                _try_place(place)
        except StaydownError as error:
            return f"it cannot read what is to be scanned: {error}"
        places.append(place)
    return ""


def _try_place(place: Place) -> None:
    """Reach a place: a page of a store's listing; of a folder not even that, it may be large.

    Raises:
        SourceError: it is not there.
    """
    if place.is_remote:
        next(iter(place.files()), None)
    elif not os.access(place.root, os.R_OK):
        raise SourceError(f"{place.root} is not there. Mount it at the same path on all machines")
