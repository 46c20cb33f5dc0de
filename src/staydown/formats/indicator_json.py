"""ThreatExchange-style JSON: indicators with type, tags and what members say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from staydown.errors import FingerprintFormatError
from staydown.formats import frame_list
from staydown.formats.entries import (
    NOT_POSITIVE,
    TYPE_NAMES,
    VIDEO_TYPE_NAMES,
    LeftOut,
    ListEntry,
    hex_signal,
    split_tags,
)
from staydown.formats.json_rows import as_object, id_of, json_values, tags_of
from staydown.formats.lines import Lines, checked_tags
from staydown.types import ContentKind, Fingerprint, SignalType

REMEDY: Final = 'Want objects such as {"type": "HASH_PDQ", "indicator": "<64 hex digits>"}.'
DISPUTED_TAG: Final = "disputed"
_VALUE_KEYS: Final = ("indicator", "raw_indicator", "hash", "value", "signal_str", "pdq")


def read(lines: Lines, left_out: LeftOut) -> Iterator[ListEntry]:
    """Read indicators: one object a line, a list of objects, or an object with a ``data`` list.

    A row comes back ``withdrawn`` where it is marked for deletion, where no member describes it
    any more, or where every member says that it must not match; where members disagree it gets
    the tag ``disputed``. Types that Staydown does not match are left out and counted.

    Raises:
        ListFormatError: the line, and what is wrong with it.
    """
    for number, data in json_values(lines, remedy=REMEDY):
        for item in _items(data):
            row = as_object(lines, item, remedy=REMEDY)
            entry = _entry(lines, row, number)
            if entry is None:
                left_out.add("rows of other signal types")
            else:
                yield entry


def write(entry: ListEntry) -> str | None:
    """The entry's PDQ hash as one object on one line, or None where it has none."""
    signal = entry.fingerprint.get(SignalType.PDQ)
    if signal is None:
        return None
    row: dict[str, Any] = {"type": "HASH_PDQ", "indicator": signal.value}
    if entry.entry_id is not None:
        row["id"] = entry.entry_id
    if signal.quality is not None:
        row["quality"] = signal.quality
    if entry.tags:
        row["tags"] = list(entry.tags)
    if entry.withdrawn:
        row["should_delete"] = True
    return json.dumps(row, separators=(",", ":"))


def _items(data: object) -> list[object]:
    if isinstance(data, Mapping) and isinstance(data.get("data"), list):
        return list(data["data"])
    return data if isinstance(data, list) else [data]


def _entry(lines: Lines, row: dict[str, Any], number: int) -> ListEntry | None:
    """One row, or None where its type is not ours."""
    type_name = str(row.get("type") or row.get("signal_type") or "pdq").lower()
    if type_name not in TYPE_NAMES and type_name not in VIDEO_TYPE_NAMES:
        return None
    opinions = _opinions(row)
    withdrawn = _is_withdrawn(row, opinions)
    tags = _tags(lines, row)
    if not withdrawn and any(opinions):
        tags = (*tags, DISPUTED_TAG)
    return ListEntry(
        _fingerprint(lines, row, type_name, withdrawn=withdrawn),
        entry_id=id_of(lines, row),
        tags=tuple(dict.fromkeys(tags)),
        withdrawn=withdrawn,
        line=number,
    )


def _fingerprint(
    lines: Lines, row: dict[str, Any], type_name: str, *, withdrawn: bool
) -> Fingerprint:
    """The row's signal; a withdrawn row may come without its value."""
    value = next((row[key] for key in _VALUE_KEYS if row.get(key)), None)
    if value is None and withdrawn:
        return Fingerprint(ContentKind.PHOTO, ())
    if not isinstance(value, str):
        raise lines.fail(f"a row has no hash. {REMEDY}")
    try:
        if type_name in VIDEO_TYPE_NAMES:
            return frame_list.fingerprint(json.loads(value))
        type_, kind = TYPE_NAMES[type_name]
        return Fingerprint(kind, (hex_signal(type_, value, _quality(row.get("quality"))),))
    except FingerprintFormatError as error:
        raise lines.fail(f"{error}. {REMEDY}") from None
    except (ValueError, RecursionError):
        raise lines.fail(f"a vPDQ hash cannot be read. {frame_list.REMEDY}") from None


def _quality(given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise FingerprintFormatError("a quality is not a whole number from 0 to 100")


def _descriptors(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What members say of the indicator, one each; the row itself where it is one of those."""
    given = row.get("descriptors")
    listed = given.get("data") if isinstance(given, dict) else given
    if isinstance(listed, list):
        return [item for item in listed if isinstance(item, dict)]
    return [row]


def _opinions(row: dict[str, Any]) -> list[bool]:
    """For each member: True where it says that this must not match."""
    return [
        str(said.get("status") or said.get("category") or "").lower() in NOT_POSITIVE
        for said in _descriptors(row)
    ]


def _is_withdrawn(row: dict[str, Any], opinions: list[bool]) -> bool:
    # An update without descriptors is a deletion too: partners send these without the mark.
    bare_update = "should_delete" in row and "indicator" in row and "last_updated" in row
    gone = bare_update and "descriptors" not in row
    return row.get("should_delete") is True or gone or all(opinions)


def _tags(lines: Lines, row: dict[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for said in [row, *_descriptors(row)]:
        given = said.get("tags")
        if isinstance(given, Mapping):
            listed = given.get("data")
            texts = listed if isinstance(listed, list) else []
            given = [tag.get("text", "") if isinstance(tag, Mapping) else tag for tag in texts]
        found += split_tags(given) if isinstance(given, str) else tags_of(lines, given)
    return checked_tags(lines, found)
