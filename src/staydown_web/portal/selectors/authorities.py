"""To whom a person can complain where a website did not keep a time limit; from a data file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.base.errors import ConfigError

_DATA: Final = Path(__file__).resolve().parents[1] / "data" / "authorities.toml"
_KEYS: Final = {"regime", "name", "url", "source"}
_NAMES: Final[Mapping[str, Any]] = {
    "eu-dsa": gettext_lazy("The Digital Services Coordinator of your country"),
}
_WORDS: Final[Mapping[str, Any]] = {
    "us-tida": gettext_lazy("It takes complaints about websites that do not remove in time."),
    "eu-dsa": gettext_lazy(
        "Each country of the European Union has one. It takes complaints about websites."
    ),
    "uk-osa": gettext_lazy("It takes complaints about websites. It does not decide single cases."),
    "in-it-rules": gettext_lazy("It takes appeals where a website does not answer or says no."),
}


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority.

    Attributes:
        name: as it calls itself.
        url: where a complaint is made.
        shown_url: the same as people read it.
        words: what it does, in a sentence.
    """

    name: str
    url: str
    shown_url: str
    words: str


def authorities_for(regime_ids: Iterable[str]) -> list[Authority]:
    """The authorities of these laws, each once, in their order; a law without one is left out."""
    rows = _rows()
    return [
        Authority(
            name=row["name"] or str(_NAMES.get(id_, _("The authority of your country"))),
            url=row["url"],
            shown_url=row["url"].removeprefix("https://").removeprefix("www.").rstrip("/"),
            words=str(_WORDS.get(id_, "")),
        )
        for id_ in dict.fromkeys(regime_ids)
        if (row := rows.get(id_)) is not None
    ]


@cache
def _rows() -> dict[str, dict[str, str]]:
    values = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    for row in values["authority"]:
        if set(row) != _KEYS or not row["url"].startswith("https://"):
            raise ConfigError("authorities.toml: want regime, name, url with https, and source")
    return {row["regime"]: row for row in values["authority"]}
