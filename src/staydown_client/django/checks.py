"""System checks: no start without the platform's choices, and none where nothing would check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004

from staydown_client.django.choices import NAME, REQUIRED, read_choices
from staydown_client.errors import SettingError

HANDLER = "staydown_client.django.uploads.CheckedUploadHandler"
STORAGE = "staydown_client.django.storage.CheckedStorage"
_HINT_OF_CHOICE = (
    'ON_UNREACHABLE has no default: "closed" refuses uploads while the service gives no answer, '
    '"open" lets them pass unchecked.'
)


def check_choices(*, app_configs: Sequence[AppConfig] | None, **_: Any) -> Iterable[CheckMessage]:
    """The setting is there and whole, and something uses it."""
    said = getattr(settings, NAME, None)
    if not isinstance(said, dict):
        wanted = ", ".join(REQUIRED)
        return [
            Error(
                f"The setting {NAME} is missing.",
                hint=f"A dictionary with {wanted}. {_HINT_OF_CHOICE}",
                id="staydown.E001",
            )
        ]
    if not said.get("ON_UNREACHABLE"):
        return [
            Error(
                f"{NAME} does not say what to do while the service gives no answer.",
                hint=_HINT_OF_CHOICE,
                id="staydown.E002",
            )
        ]
    try:
        read_choices(said).client.close()
    except SettingError as error:
        return [Error(f"{NAME} cannot be used: {error}.", id="staydown.E003")]
    return _uses()


def _uses() -> list[CheckMessage]:
    handlers = list(settings.FILE_UPLOAD_HANDLERS)
    if HANDLER in handlers:
        if handlers[0] == HANDLER:
            return []
        return [
            Error(
                f"{HANDLER} is not the first of FILE_UPLOAD_HANDLERS.",
                hint="A handler before it may keep a file before it is checked.",
                id="staydown.E004",
            )
        ]
    if any(_is_checked(how) for how in settings.STORAGES.values()):
        return []
    return [
        Warning(
            "Nothing checks uploads.",
            hint=f"Put {HANDLER} first in FILE_UPLOAD_HANDLERS, or {STORAGE} into STORAGES.",
            id="staydown.W001",
        )
    ]


def _is_checked(how: Any) -> bool:
    return isinstance(how, dict) and how.get("BACKEND") == STORAGE
