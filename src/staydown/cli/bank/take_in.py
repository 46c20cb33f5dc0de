"""``staydown bank import``: add the entries of a list."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import numpy as np

from staydown.cli.bank.ids import new_entry_id
from staydown.cli.bank.tags import note_of
from staydown.cli.console import Console, console_options
from staydown.cli.inputs import DASH, STDIN_NAME, bank_argument
from staydown.cli.statuses import ExitStatus
from staydown.errors import SourceError
from staydown.formats import LeftOut, ListEntry, ListFormat, read_list
from staydown.types import ContentKind, Fingerprint, SignalType

if TYPE_CHECKING:
    from staydown.index import BankFile

PIECE_ROWS: Final = 8192
"""Rows added at once: enough to make the bank file's flush to disk cheap a row."""


@click.command("import")
@bank_argument
@click.argument("lists", nargs=-1, required=True, metavar="LIST...")
@click.option(
    "--format",
    "form",
    type=click.Choice([str(form) for form in ListFormat]),
    help="The lists' format; found out from the first line if left out.",
)
@click.option(
    "--type",
    "type_name",
    type=click.Choice(["sha256", "md5", "pdq"]),
    help="What bare hashes are; needed where they have 64 digits.",
)
@click.option(
    "--kind",
    type=click.Choice(["photo", "video"]),
    default="photo",
    show_default=True,
    help="What bare hashes are hashes of.",
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Tag every entry; may repeat.")
@console_options
def import_list(
    console: Console,
    *,
    bank_file: Path,
    lists: tuple[str, ...],
    form: str | None,
    type_name: str | None,
    kind: str,
    tags: tuple[str, ...],
) -> ExitStatus:
    """Add the entries of a list.

    LIST is a file in one of the formats of docs/formats.md, or - for standard input. Rows keep
    their ids; rows without one get a random id. A row that its owner has withdrawn removes the
    entry with its id. Rows whose id is already in the bank are left as they are.
    """
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba

    left_out = LeftOut()
    options = {
        "form": ListFormat(form) if form else None,
        "type_": SignalType(type_name) if type_name else None,
        "kind": ContentKind(kind),
    }
    with BankFile.open(bank_file) as store:
        taker = Taker(store, left_out, tags)
        for name in lists:
            taker.take(_rows(name, options, left_out))
    console.record({"added": taker.added, "removed": taker.removed, "left_out": left_out.counts})
    console.note(f"{taker.added} added, {taker.removed} removed.")
    if not (taker.added or taker.removed or left_out.counts):
        console.warn("There was nothing in it. Check that it is the right list, and whole.")
    if left_out.counts:
        console.warn(f"Left out: {left_out}.")
    return ExitStatus.DONE


class Taker:
    """Puts the rows of lists into one bank file.

    Attributes:
        added, removed: entries so far.
    """

    def __init__(self, store: BankFile, left_out: LeftOut, tags: tuple[str, ...]) -> None:
        self._store, self._left_out, self._tags = store, left_out, tags
        self._ids = {entry.entry_id for entry in store.entries()}
        self._seen: set[tuple[SignalType, bytes]] = set()
        self.added = self.removed = 0

    def take(self, rows: Iterator[ListEntry]) -> None:
        """Add the rows in pieces, each durable before the next; withdrawn rows remove."""
        while piece := list(islice(rows, PIECE_ROWS)):
            for row in piece:
                if row.withdrawn:
                    self._withdraw(row)
            fresh = self._fresh([row for row in piece if not row.withdrawn])
            for tags, entries in fresh.items():
                self.added += self._store.add_many(entries, meta=note_of(tags))

    def _withdraw(self, row: ListEntry) -> None:
        if row.entry_id is None or row.entry_id not in self._ids:
            self._left_out.add("withdrawn rows that are not in the bank")
            return
        self._store.remove(row.entry_id)
        self._ids.remove(row.entry_id)
        self.removed += 1

    def _fresh(self, rows: list[ListEntry]) -> dict[tuple[str, ...], list[tuple[str, Fingerprint]]]:
        """The rows that are not in the bank yet, with their final ids, by their tags."""
        fresh: dict[tuple[str, ...], list[tuple[str, Fingerprint]]] = {}
        for row, known in zip(rows, self._known(rows), strict=True):
            if known or row.entry_id in self._ids:
                self._left_out.add("rows that are already in the bank")
                continue
            entry_id = row.entry_id or new_entry_id()
            self._ids.add(entry_id)
            fresh.setdefault(row.tags + self._tags, []).append((entry_id, row.fingerprint))
        return fresh

    def _known(self, rows: list[ListEntry]) -> list[bool]:
        """Whether each row without an id has one hash, and that hash is in the bank or the list.

        So a list without ids can be imported again and again.
        """
        known = [False] * len(rows)
        pdq: list[tuple[int, bytes]] = []
        for number, row in enumerate(rows):
            if row.entry_id is not None or len(row.fingerprint.signals) != 1:
                continue
            signal = row.fingerprint.signals[0]
            key = (signal.type, signal.raw)
            if key in self._seen:
                known[number] = True
            elif signal.type is SignalType.PDQ:
                pdq.append((number, signal.raw))
            elif signal.type in (SignalType.SHA256, SignalType.MD5):
                known[number] = bool(self._store.exact(signal.type, signal.raw))
            self._seen.add(key)
        for number in self._stored_pdq(pdq):
            known[number] = True
        return known

    def _stored_pdq(self, rows: list[tuple[int, bytes]]) -> set[int]:
        if not rows:
            return set()
        hashes = np.frombuffer(b"".join(raw for _, raw in rows), np.uint8).reshape(-1, 32)
        hits = self._store.search_pdq(hashes, max_bits=0)
        photos = hits.query[hits.time_ms < 0]
        return {rows[query][0] for query in photos.tolist()}


def _rows(name: str, options: dict[str, Any], left_out: LeftOut) -> Iterator[ListEntry]:
    """The rows of one list, once the whole list is known to be sound.

    Raises:
        ListFormatError: a line that cannot be read; nothing was taken yet.
        SourceError: the list cannot be opened.
    """
    if name == DASH:
        yield from list(read_list(sys.stdin.buffer, name=STDIN_NAME, left_out=left_out, **options))
        return
    try:
        with Path(name).open("rb") as stream:
            for _ in read_list(stream, name=name, **options):
                pass
            stream.seek(0)
            yield from read_list(stream, name=name, left_out=left_out, **options)
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror}. Check the name of the list.") from None
