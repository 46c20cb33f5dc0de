"""What an event may say: opaque ids, states, counts and moments, and nothing a person wrote.

The audit outlives every erasure, so a name, an address or a hash that got into it would stay for
ever. The guard refuses what looks like one; it is a net for mistakes, not a licence to try.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from staydown_web.base.errors import AuditFactError

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(_UUID)
_ACTOR = re.compile(rf"system|person|(?:user|key|contact):{_UUID}")
_SUBJECT = re.compile(rf"[a-z][a-z_]{{0,30}}:(?:{_UUID}|\d{{1,18}}|[a-z][a-z0-9_-]{{0,39}})")
_WHAT = re.compile(r"[a-z]{2,20}(?:_[a-z]{1,20}){1,4}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORD = re.compile(r"[a-z][a-z0-9]{0,24}(?:[-_.:][a-z0-9]{1,24}){0,7}")
_OTHER_SHAPES = re.compile(
    rf"{_UUID}"
    r"|[a-z]{2,12}/\d{1,2}"  # a signal type: windows/1
    r"|\d{1,4}(?:\.\d{1,4}){0,3}"  # a version or a small number
    r"|C-[2-9A-Z]{4}-[2-9A-Z]{4}"  # the number of a case
    r"|\d{4}-\d\d-\d\d\.\d{1,3}"  # the version of a regime: a day, and which of that day
    r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{6})?Z)?"  # a day or a moment
)
_DOMAIN_LIKE = re.compile(r"[a-z0-9-]\.[a-z]")
_HEX_LIKE = re.compile(r"[0-9a-f]{16,}")
_MIXED_LETTERS = 16
_GREATEST = 1 << 53
_LONGEST_LIST = 500
_DEPTH = 2


@lru_cache(maxsize=256, typed=True)
def clean_actor(actor: str) -> str:
    """The actor, where it is one of the four kinds.

    Raises:
        AuditFactError: another shape.
    """
    if not _ACTOR.fullmatch(actor):
        raise AuditFactError("an actor is system, person, user:<id>, key:<id> or contact:<id>")
    return actor


def clean_subject(subject: str) -> str:
    """The subject, where it is empty or ``<kind>:<id>``.

    Raises:
        AuditFactError: another shape.
    """
    if subject and not (_SUBJECT.fullmatch(subject) and _is_opaque(subject.partition(":")[2])):
        raise AuditFactError("a subject is <kind>:<id> with an opaque id")
    return subject


@lru_cache(maxsize=256, typed=True)
def clean_what(what: str) -> str:
    """The name of what happened, such as ``case_filed``.

    Raises:
        AuditFactError: another shape.
    """
    if not _WHAT.fullmatch(what):
        raise AuditFactError("what happened is a noun and a past participle, such as case_filed")
    return what


def clean_facts(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """The facts as plain JSON values; ids, moments and states become strings.

    Raises:
        AuditFactError: a value that could be an address, a hash, a name or a sentence; the message
            names the key alone.
    """
    return {_clean_key(key): _clean(key, value, 0) for key, value in (facts or {}).items()}


def _clean_key(key: Any) -> str:
    if not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise AuditFactError("the name of a fact is lower case with underscores")
    return key


def _clean(key: str, value: Any, depth: int) -> Any:
    if type(value) is str and _ID.fullmatch(value):
        return value
    match value:
        case None | bool():
            cleaned: Any = value
        case Enum():
            cleaned = _clean(key, value.value, depth)
        case int():
            cleaned = _clean_number(key, value)
        case UUID():
            cleaned = str(value)
        case datetime():
            cleaned = _moment(key, value)
        case str():
            cleaned = _clean_word(key, value)
        case list() | tuple() | set() | frozenset() if depth < _DEPTH:
            cleaned = _clean_list(key, value, depth)
        case Mapping() if depth < _DEPTH:
            cleaned = {_clean_key(k): _clean(k, v, depth + 1) for k, v in value.items()}
        case _:
            raise AuditFactError(f"fact {key}: a {type(value).__name__} is no id, state or count")
    return cleaned


def _clean_number(key: str, value: int) -> int:
    if abs(value) >= _GREATEST:
        raise AuditFactError(f"fact {key}: a number this large could be a hash")
    return value


def _clean_list(key: str, value: Any, depth: int) -> list[Any]:
    if len(value) > _LONGEST_LIST:
        raise AuditFactError(f"fact {key}: more than {_LONGEST_LIST} values; give their count")
    cleaned = [_clean(key, part, depth + 1) for part in value]
    return sorted(cleaned, key=str) if isinstance(value, set | frozenset) else cleaned


def _moment(key: str, value: datetime) -> str:
    if value.tzinfo is None:
        raise AuditFactError(f"fact {key}: a moment without a time zone")
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _clean_word(key: str, value: str) -> str:
    # A lazy translation or a member of TextChoices is a str of another type: store the plain one.
    word = str(value)
    if word == "" or _OTHER_SHAPES.fullmatch(word) or (_WORD.fullmatch(word) and _is_opaque(word)):
        return word
    raise AuditFactError(
        f"fact {key}: not an opaque id, a state or a moment; it could be an address, a hash, a "
        "name or a sentence, which the audit never holds"
    )


def _is_opaque(word: str) -> bool:
    if _ID.fullmatch(word):
        return True
    bare = re.sub(r"[-_:.]", "", word)
    if _DOMAIN_LIKE.search(word) or _HEX_LIKE.search(bare):
        return False
    return not any(_is_token(part) for part in re.split(r"[-_:.]", word))


def _is_token(part: str) -> bool:
    """Whether letters and digits are mixed over a length that no word has."""
    digits = sum(c.isdigit() for c in part)
    return len(part) >= _MIXED_LETTERS and 2 < digits < len(part)
