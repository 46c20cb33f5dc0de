"""Letters as data: one folder a kind, one file a language, named placeholders, nothing else."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from staydown_web.base.errors import ConfigError

LETTERS = Path(__file__).parents[1] / "data" / "letters"
LANGUAGES = ("en", "de", "es", "fr")
_FALLBACK = "en"


class Letter:
    """Texts of one kind in one language; filling a placeholder that was not given is an error."""

    def __init__(self, kind: str, texts: Mapping[str, str], values: Mapping[str, str]) -> None:
        self._kind, self._texts, self._values = kind, texts, values

    def has(self, name: str) -> bool:
        """Whether there is a text of this name."""
        return name in self._texts

    def say(self, name: str, **more: str) -> str:
        """One text with its placeholders filled.

        Raises:
            ConfigError: no such text, or one that asks for what this recipient does not get.
        """
        if name not in self._texts:
            raise ConfigError(f"letter {self._kind}: no text {name!r}")
        try:
            # A value is put in as it is: braces in it are not read again.
            return self._texts[name].format_map({**self._values, **more})
        except KeyError as error:
            raise ConfigError(f"letter {self._kind}: {name} asks for {error.args[0]}") from None


def letter(kind: str, language: str, values: Mapping[str, str]) -> Letter:
    """The letter of a kind; English where the language is not one of ours.

    Args:
        kind: name of the folder: ``host``, ``payment``, ``shared``, ….
        language: code such as ``de``; ``de-at`` is read as ``de``.
        values: placeholder to text. What is not in it cannot get into the letter.

    Raises:
        ConfigError: no such kind.
    """
    return Letter(kind, read(kind, language_of(language)), values)


def language_of(code: str) -> str:
    """Ours for a code of a language: ``de`` for ``de-AT``, English for what we do not write."""
    short = code.lower().replace("_", "-").partition("-")[0]
    return short if short in LANGUAGES else _FALLBACK


@cache
def read(kind: str, language: str) -> Mapping[str, str]:
    """The texts of one file.

    Raises:
        ConfigError: there is no such file, or it holds something else than texts in one line.
    """
    path = LETTERS / kind / f"{language}.toml"
    try:
        texts = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        raise ConfigError(f"letter file {kind}/{language}.toml cannot be read") from None
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip() or "\n" in text:
            raise ConfigError(f"letter file {kind}/{language}.toml: {name}: want one line of text")
    return texts


def placeholders(text: str) -> frozenset[str]:
    """Names of the placeholders of a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def moment(at: datetime, language: str) -> str:
    """A moment in words, in UTC: ``20 November 2026, 10:00 UTC``."""
    texts = read("shared", language_of(language))
    there = at.astimezone(UTC)
    month = texts["months"].split()[there.month - 1]
    return texts["moment"].format(
        day=there.day, month=month, year=there.year, time=there.strftime("%H:%M")
    )
