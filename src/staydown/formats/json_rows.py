"""JSON in lists: one value a line, or one value that fills the whole file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from staydown.formats.lines import MAX_LINE_BYTES, Lines, checked_id, checked_tags


def json_values(lines: Lines, *, remedy: str) -> Iterator[tuple[int, Any]]:
    """The JSON values of a list, each with the number of the line it starts on.

    A first line that is no whole value makes the rest of the file part of it; such a file is read
    into memory, one value a line is not.

    Args:
        lines: the list.
        remedy: a sentence for the error: what the list should hold.

    Raises:
        ListFormatError: what is not JSON, and on which line.
    """
    for place, text in enumerate(lines):
        start = lines.number
        try:
            value = json.loads(text)
        except RecursionError:
            raise lines.fail(f"this is nested too deeply. {remedy}") from None
        except ValueError:
            if place:
                raise lines.fail(f"this is not JSON. {remedy}") from None
            value = _whole_file(lines, text, remedy)
        yield start, value


def as_object(lines: Lines, data: object, *, remedy: str) -> dict[str, Any]:
    """The value, which must be an object.

    Raises:
        ListFormatError: it is something else.
    """
    if not isinstance(data, dict):
        raise lines.fail(f"this is JSON, but not an object. {remedy}")
    return data


def id_of(lines: Lines, row: dict[str, Any]) -> str | None:
    """The row's ``id``, or None; a whole number becomes text.

    Raises:
        ListFormatError: the id is something else, empty or too long.
    """
    given = row.get("id")
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str):
        raise lines.fail("the id is neither a text nor a whole number.")
    return checked_id(lines, given)


def tags_of(lines: Lines, given: object) -> tuple[str, ...]:
    """Tags from a list of texts, each once; none from None.

    Raises:
        ListFormatError: the tags are not a list of texts.
    """
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(tag, str) for tag in given):
        raise lines.fail('the tags are not a list of texts. Want "tags": ["one", "two"].')
    return checked_tags(lines, given)


def _whole_file(lines: Lines, first: str, remedy: str) -> Any:
    """The one value that starts with this line and ends with the file."""
    parts, numbers, size = [first], [lines.number], len(first)
    for text in lines:
        parts.append(text)
        numbers.append(lines.number)
        size += len(text)
        if size > MAX_LINE_BYTES:
            raise lines.fail(f"one JSON value is longer than 64 MiB. {remedy}")
    try:
        return json.loads("\n".join(parts))
    except RecursionError:
        raise lines.fail(f"this is nested too deeply. {remedy}") from None
    except json.JSONDecodeError as error:
        lines.number = numbers[min(error.lineno, len(numbers)) - 1]
        raise lines.fail(f"this is not JSON. {remedy}") from None
    except ValueError:
        raise lines.fail(f"a number is too long. {remedy}") from None
