"""ThreatExchange-style CSV: a hash, its quality and its tags in each row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Final

from staydown.errors import FingerprintFormatError
from staydown.formats import frame_list
from staydown.formats.entries import (
    NOT_POSITIVE,
    TYPE_NAMES,
    VIDEO_TYPE_NAMES,
    LeftOut,
    ListEntry,
    hex_signal,
    join_tags,
    split_tags,
)
from staydown.formats.lines import MAX_LINE_BYTES, Lines, checked_id, checked_tags
from staydown.types import ContentKind, Fingerprint, SignalType

HEADER: Final = ("hash", "quality", "tags")
"""What we write. Rows without a header are read in this order."""

_COLUMNS: Final = {
    "hash": "value",
    "pdq": "value",
    "md5": "value",
    "sha256": "value",
    "value": "value",
    "indicator": "value",
    "signal_str": "value",
    "type": "type",
    "signal_type": "type",
    "quality": "quality",
    "tags": "tags",
    "id": "id",
    "category": "opinion",
    "status": "opinion",
}
"""Names of columns in the field -> what we read them as; other columns are ignored.

Source: ``threatexchange dataset --csv`` and ``threatexchange api fb_threatexchange query``.
"""
_VALUE_NAMES: Final = {"pdq", "md5", "sha256"}
_REMEDY: Final = "Want a first line such as hash,quality,tags and 64 hexadecimal digits a hash."


def read(lines: Lines, left_out: LeftOut) -> Iterator[ListEntry]:
    """Read rows with or without a line of column names; rows are PDQ unless a column says else.

    Rows of signal types that Staydown does not match are left out and counted. Rows whose status
    or category says that the hash must not match come back ``withdrawn``.

    Raises:
        ListFormatError: the line, and what is wrong with it.
    """
    first = lines.peek()
    if not first:
        return
    csv.field_size_limit(MAX_LINE_BYTES)
    try:
        columns, default_type = _columns(lines, first)
        for cells in csv.reader(lines, strict=True):
            row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
            yield from _entries(lines, row, default_type, left_out)
    except csv.Error:
        raise lines.fail(f"this row is not CSV: check its quotes. {_REMEDY}") from None


def write(entry: ListEntry) -> str | None:
    """One row with the entry's PDQ hash, or None where it has none."""
    signal = entry.fingerprint.get(SignalType.PDQ)
    if signal is None:
        return None
    quality = "" if signal.quality is None else str(signal.quality)
    cell = io.StringIO()
    csv.writer(cell, lineterminator="").writerow((signal.value, quality, join_tags(entry.tags)))
    return cell.getvalue()


def _columns(lines: Lines, first: str) -> tuple[list[str | None], str]:
    """What each column is, and the type of rows that name none; takes the header if there is."""
    names = [cell.strip().lower() for cell in next(csv.reader([first]))]
    if not set(names) & _COLUMNS.keys():
        return list(HEADER_MEANINGS), "pdq"
    next(lines)
    columns = [_COLUMNS.get(name) for name in names]
    if "value" not in columns:
        raise lines.fail(f"no column holds the hashes. {_REMEDY}")
    return columns, next((name for name in names if name in _VALUE_NAMES), "pdq")


HEADER_MEANINGS: Final = tuple(_COLUMNS[name] for name in HEADER)


def _entries(
    lines: Lines, row: dict[str, str], default_type: str, left_out: LeftOut
) -> Iterator[ListEntry]:
    type_name = row.get("type", "").lower() or default_type
    value = row.get("value", "")
    if type_name in VIDEO_TYPE_NAMES:
        fingerprint = _video(lines, value)
    elif type_name in TYPE_NAMES:
        type_, kind = TYPE_NAMES[type_name]
        fingerprint = _hash(lines, type_, kind, value, row.get("quality", ""))
    else:
        left_out.add("rows of other signal types")
        return
    yield ListEntry(
        fingerprint,
        entry_id=checked_id(lines, row["id"]) if row.get("id") else None,
        tags=checked_tags(lines, split_tags(row.get("tags", ""))),
        withdrawn=row.get("opinion", "").lower() in NOT_POSITIVE,
        line=lines.number,
    )


def _hash(
    lines: Lines, type_: SignalType, kind: ContentKind, value: str, quality: str
) -> Fingerprint:
    if quality and not (quality.isascii() and quality.isdigit() and len(quality) <= 3):
        raise lines.fail("the quality is not a whole number from 0 to 100.")
    try:
        return Fingerprint(kind, (hex_signal(type_, value, int(quality) if quality else None),))
    except FingerprintFormatError as error:
        raise lines.fail(f"{error}. {_REMEDY}") from None


def _video(lines: Lines, value: str) -> Fingerprint:
    try:
        return frame_list.fingerprint(json.loads(value))
    except (FingerprintFormatError, ValueError, RecursionError):
        raise lines.fail(f"the vPDQ hash cannot be read. {frame_list.REMEDY}") from None
