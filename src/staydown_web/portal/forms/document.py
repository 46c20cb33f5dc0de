"""The document that a notice is sent as: JSON, shown to her word for word before it is sent.

Only its shape is read here; what the values must be, ``cases.forms`` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from staydown.errors import InputError
from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform
from staydown_web.base.errors import FieldsError
from staydown_web.cases.forms import Answers, FiledFile, Filing

VERSION: Final = 1
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_NOTICE_KEYS: Final = frozenset(
    {
        *("version", "token", "adult_in_picture", "way", "acts_as", "language", "regimes"),
        *("urls", "files", "answers", "withdrawal_mode", "safe_contact", "flagger_code"),
        "website",
    }
)
_ANSWER_KEYS: Final = frozenset(Answers.__dataclass_fields__)
_FILE_KEYS: Final = frozenset({"name", "size_bytes", "modified_on", "fingerprint"})


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added to a case that is open.

    Attributes:
        urls: addresses as typed.
        files: what was fingerprinted.
        answers: what was missing, or None.
    """

    urls: tuple[str, ...]
    files: tuple[FiledFile, ...]
    answers: Answers


def read_notice(text: str) -> tuple[str, Filing]:
    """A notice from its document.

    Returns:
        The token of the draft, and the filing.

    Raises:
        FieldsError: the document is damaged; nothing of it is quoted.
    """
    held = _document(text)
    return _token(held), Filing(
        way=_word(held, "way"),
        acts_as=_word(held, "acts_as"),
        is_adult_in_picture=held.get("adult_in_picture") is True,
        language=_word(held, "language"),
        regimes=_words(held, "regimes"),
        urls=_words(held, "urls"),
        files=_files(held),
        answers=_answers(held),
        withdrawal_mode=_word(held, "withdrawal_mode"),
        safe_contact=_word(held, "safe_contact"),
        platform=_website(_word(held, "website")),
        flagger_code=_word(held, "flagger_code"),
    )


def read_addition(text: str) -> tuple[str, Addition]:
    """What is added to a case, from the same kind of document.

    Raises:
        FieldsError: the document is damaged.
    """
    held = _document(text)
    return _token(held), Addition(_words(held, "urls"), _files(held), _answers(held))


def _document(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged() from None
    if not isinstance(held, dict) or set(held) - _NOTICE_KEYS or held.get("version") != VERSION:
        raise _damaged()
    return held


def _website(slug: str) -> Platform | None:
    """The website that she chose where no address says it; None where she was not asked."""
    if not slug:
        return None
    found = Platform.objects.filter(slug=slug).first()
    if found is None:  # it left since her page was made
        raise FieldsError({"website": _("Choose the website that your notice is for.")})
    return found


def _token(held: Mapping[str, Any]) -> str:
    token = _word(held, "token")
    if not _TOKEN.fullmatch(token):
        raise _damaged()
    return token


def _files(held: Mapping[str, Any]) -> tuple[FiledFile, ...]:
    rows = held.get("files", [])
    if not isinstance(rows, list):
        raise _damaged()
    return tuple(map(_file, rows))


def _file(row: Any) -> FiledFile:
    if not isinstance(row, dict) or set(row) - _FILE_KEYS:
        raise _damaged()
    size = row.get("size_bytes", 0)
    day = _word(row, "modified_on")
    if not isinstance(size, int) or isinstance(size, bool):
        raise _damaged()
    try:
        return FiledFile(
            fingerprint=Fingerprint.from_json(json.dumps(row.get("fingerprint"))),
            name=_word(row, "name"),
            size_bytes=size,
            modified_on=date.fromisoformat(day) if day else None,
        )
    except (InputError, ValueError):
        raise FieldsError(
            {"files": _("One of these fingerprints is damaged. Please choose the file again.")}
        ) from None


def _answers(held: Mapping[str, Any]) -> Answers:
    given = held.get("answers", {})
    if not isinstance(given, dict) or set(given) - _ANSWER_KEYS:
        raise _damaged()
    digests = given.get("text_digests", {})
    if not isinstance(digests, dict) or not all(isinstance(d, str) for d in digests.values()):
        raise _damaged()
    names = _ANSWER_KEYS - {"is_good_faith", "declarations", "text_digests"}
    return Answers(
        is_good_faith=given.get("is_good_faith") is True,
        declarations=frozenset(_words(given, "declarations")),
        text_digests=digests,
        **{name: _word(given, name) for name in names},
    )


def _word(held: Mapping[str, Any], name: str) -> str:
    value = held.get(name, "")
    if not isinstance(value, str):
        raise _damaged()
    return value


def _words(held: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = held.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _damaged()
    return tuple(values)


def _damaged() -> FieldsError:
    return FieldsError(
        {"document": _("What your browser sent is not complete. Please go back and try again.")}
    )
