"""Settings that are secrets may stand in files, as service managers hand them over.

``DATABASE_URL_FILE=/run/secrets/database_url`` says where ``DATABASE_URL`` is: then no list of
processes and no dump of an environment shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from staydown.errors import ConfigError

SECRET: Final = (
    "DATABASE_URL",
    "STAYDOWN_MAIL_URL",
    "STAYDOWN_TRANSPARENCY_TOKEN",
    "STAYDOWN_METRICS_TOKEN",
)
ENDING: Final = "_FILE"
LONGEST_BYTES: Final = 8192


def with_secret_files(values: Mapping[str, str]) -> dict[str, str]:
    """The settings with what stands in files put in; an empty file is a setting that is not there.

    Raises:
        ConfigError: a file cannot be read, holds more than one line, or the setting stands in the
            environment too. Nothing of what is in it is said.
    """
    read = dict(values)
    for name in SECRET:
        path = values.get(f"{name}{ENDING}", "")
        if not path:
            continue
        if values.get(name):
            raise ConfigError(f"{name} and {name}{ENDING} are both set; want one of them")
        read[name] = _line(name, Path(path))
    return read


def _line(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_BYTES + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise ConfigError(
            f"{name}{ENDING} names {path}, which cannot be read: {why}; this user must be able to"
        ) from None
    if len(text) > LONGEST_BYTES or "\n" in text:
        raise ConfigError(f"{name}{ENDING} names {path}, which holds more than one line")
    return text
