"""One way in and one way out for lists of every format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import BinaryIO, assert_never

from staydown.formats import (
    fingerprint_lines,
    frame_list,
    hash_lines,
    hash_table,
    indicator_json,
)
from staydown.formats.entries import TYPE_NAMES, LeftOut, ListEntry
from staydown.formats.lines import Lines
from staydown.types import ContentKind, SignalType


class ListFormat(StrEnum):
    """The formats of lists. ``docs/formats.md`` shows an example of each."""

    FINGERPRINTS = "fingerprints"
    """Our own: one fingerprint in JSON a line; keeps everything."""
    CSV = "csv"
    """ThreatExchange-style CSV: hash, quality, tags."""
    JSON = "json"
    """ThreatExchange-style JSON: indicators with tags and opinions."""
    VPDQ = "vpdq"
    """vPDQ JSON: videos as frames."""
    HASHES = "hashes"
    """One MD5, SHA-256 or PDQ hash a line."""


def read_list(
    stream: BinaryIO,
    *,
    name: str,
    form: ListFormat | None = None,
    type_: SignalType | None = None,
    kind: ContentKind = ContentKind.PHOTO,
    left_out: LeftOut | None = None,
) -> Iterator[ListEntry]:
    """Read a list row by row; nothing is kept in memory.

    Args:
        stream: the bytes; UTF-8 with or without a byte order mark, lines end in LF or CR LF.
        name: what messages call the list.
        form: its format; None guesses from the first line.
        type_: the type of bare hashes; only the plain format asks for it.
        kind: what bare hashes are hashes of.
        left_out: counts the rows that are passed over.

    Raises:
        ListFormatError: names the list, the line and the remedy; holds no hash.
    """
    counted = left_out if left_out is not None else LeftOut()
    lines = Lines(stream, name)
    start = lines.peek(2)
    if not start:
        return
    match form or guess_format(start):
        case ListFormat.FINGERPRINTS:
            yield from fingerprint_lines.read(lines, counted)
        case ListFormat.CSV:
            yield from hash_table.read(lines, counted)
        case ListFormat.JSON:
            yield from indicator_json.read(lines, counted)
        case ListFormat.VPDQ:
            yield from frame_list.read(lines, counted)
        case ListFormat.HASHES:
            yield from hash_lines.read(lines, counted, type_=type_, kind=kind)
        case never:
            assert_never(never)


def write_list(
    entries: Iterable[ListEntry],
    *,
    form: ListFormat,
    type_: SignalType = SignalType.SHA256,
    left_out: LeftOut | None = None,
) -> Iterator[str]:
    """Write a list line by line, without line ends.

    Entries that have no signal for this format are left out and counted.

    Args:
        entries: what to write.
        form: the format.
        type_: which hash the plain format writes.
        left_out: counts the entries that this format cannot hold.
    """
    if form is ListFormat.CSV:
        yield ",".join(hash_table.HEADER)
    for entry in entries:
        line = _line(entry, form, type_)
        if line is not None:
            yield line
        elif left_out is not None:
            left_out.add("entries without a signal for this format")


def guess_format(start: str) -> ListFormat:
    """The format that a list's first two lines look like; CSV where nothing else fits."""
    text = start.strip()
    if text.startswith("["):
        return ListFormat.VPDQ if re.match(r'\[\s*("|$|\])', text) else ListFormat.JSON
    if text.startswith("{"):
        return _guess_object(text)
    first = text.partition("\n")[0].lower()
    word = first.partition(" ")[0]
    if re.fullmatch(r"[0-9a-f]+", word) or (word in TYPE_NAMES and word != first):
        return ListFormat.HASHES
    return ListFormat.CSV


def _guess_object(text: str) -> ListFormat:
    try:
        row = json.loads(text.partition("\n")[0])
    except (ValueError, RecursionError):
        return ListFormat.VPDQ if re.match(r'\{\s*"\d+"', text) else ListFormat.JSON
    if "signals" in row or "error" in row:
        return ListFormat.FINGERPRINTS
    frames = bool(row) and all(key.isdigit() for key in row)
    return ListFormat.VPDQ if "vpdq" in row or frames else ListFormat.JSON


def _line(entry: ListEntry, form: ListFormat, type_: SignalType) -> str | None:
    match form:
        case ListFormat.FINGERPRINTS:
            return fingerprint_lines.write(entry)
        case ListFormat.CSV:
            return hash_table.write(entry)
        case ListFormat.JSON:
            return indicator_json.write(entry)
        case ListFormat.VPDQ:
            return frame_list.write(entry)
        case ListFormat.HASHES:
            return hash_lines.write(entry, type_=type_)
        case never:
            assert_never(never)
