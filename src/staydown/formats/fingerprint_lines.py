"""Our own lists: one fingerprint in its JSON form a line, with the entry's id and tags."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from staydown.errors import FingerprintFormatError
from staydown.formats.entries import LeftOut, ListEntry
from staydown.formats.json_rows import as_object, id_of, json_values, tags_of
from staydown.formats.lines import Lines
from staydown.types import Fingerprint

REMEDY: Final = "Want one fingerprint in JSON on each line, as `staydown hash --json` prints them."


def read(lines: Lines, left_out: LeftOut) -> Iterator[ListEntry]:
    """Read fingerprints, one a line.

    Keys besides those of a fingerprint: ``id``, ``tags``, ``withdrawn``. Lines with an ``error``
    (a file that ``staydown hash --json`` could not read) are left out and counted.

    Raises:
        ListFormatError: the line, and what is wrong with it.
    """
    for number, data in json_values(lines, remedy=REMEDY):
        row = as_object(lines, data, remedy=REMEDY)
        if "error" in row:
            left_out.add("files that could not be read")
            continue
        try:
            fingerprint = Fingerprint.from_dict(row)
        except FingerprintFormatError as error:
            raise lines.fail(f"{error}. {REMEDY}") from None
        yield ListEntry(
            fingerprint,
            entry_id=id_of(lines, row),
            tags=tags_of(lines, row.get("tags")),
            withdrawn=row.get("withdrawn") is True,
            line=number,
        )


def write(entry: ListEntry) -> str:
    """One line: id, tags, then the fingerprint as it is."""
    row: dict[str, Any] = {}
    if entry.entry_id is not None:
        row["id"] = entry.entry_id
    if entry.tags:
        row["tags"] = list(entry.tags)
    if entry.withdrawn:
        row["withdrawn"] = True
    return json.dumps(row | entry.fingerprint.to_dict(), separators=(",", ":"))
