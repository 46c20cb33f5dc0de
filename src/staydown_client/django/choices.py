"""The setting ``STAYDOWN``, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from staydown_client.client import Client
from staydown_client.errors import SettingError
from staydown_client.uploads.judging import library_of_fingerprints
from staydown_client.uploads.rules import Rules

NAME: Final = "STAYDOWN"
REQUIRED: Final = ("URL", "KEY", "ON_UNREACHABLE")
_OF_CLIENT: Final = ("TIMEOUT_S", "DEADLINE_S", "RETRIES")
_OF_RULES: Final = (
    "ON_UNREACHABLE",
    "ON_HOLD",
    "ON_UNREADABLE",
    "MODE",
    "FILES",
    "MAX_BODY_BYTES",
    "MEMORY_BYTES",
    "BLOCKED_STATUS",
    "STYLE",
    "UNCHECKED_HEADER",
)
_CALLED: Final = ("ANSWER", "ON_OPEN_PASS", "ACCOUNT_OF")
"""Functions, by themselves or by their dotted names."""
KNOWN: Final = frozenset((*REQUIRED, *_OF_CLIENT, *_OF_RULES, *_CALLED))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the platform chose, and the client that asks for it."""

    rules: Rules
    client: Client


@lru_cache(maxsize=1)
def choices() -> Choices:
    """The platform's choices.

    Raises:
        SettingError: ``STAYDOWN`` is missing, or a part of it is missing or wrong.
    """
    return read_choices(getattr(settings, NAME, None))


def read_choices(said: object) -> Choices:
    """Choices from a mapping as ``STAYDOWN`` holds it.

    Raises:
        SettingError: a part is missing or wrong.
    """
    if not isinstance(said, Mapping):
        raise SettingError(f"the setting {NAME} is a dictionary with {', '.join(REQUIRED)}")
    missing = [name for name in REQUIRED if not said.get(name)]
    if missing:
        raise SettingError(f"{NAME} lacks {', '.join(missing)}")
    unknown = sorted(set(said) - KNOWN)
    if unknown:
        raise SettingError(f"{NAME} has what nothing reads: {', '.join(map(str, unknown))}")
    rules = Rules(**_named(said, _OF_RULES), **_functions(said))
    if rules.mode == "hashes":
        library_of_fingerprints()
    return Choices(rules, Client(said["URL"], said["KEY"], **_named(said, _OF_CLIENT)))


def _named(said: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name.lower(): said[name] for name in names if name in said}


def _functions(said: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name in _CALLED:
        value = said.get(name)
        try:
            found[name.lower()] = import_string(value) if isinstance(value, str) else value
        except ImportError:
            raise SettingError(f"{NAME}: {name} names a function that is not there") from None
    return found


def _forget(*, setting: str, **_: Any) -> None:
    if setting == NAME:
        choices.cache_clear()


setting_changed.connect(_forget)
