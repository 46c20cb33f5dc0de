"""A list of addresses that a caseworker pasted: read line by line, sorted, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from staydown_web.accounts.models import Platform
from staydown_web.cases.forms import MOST_URLS, address_key, clean_url, origin_of
from staydown_web.portal.selectors.addresses import host_of

_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_WRAPPING: Final = "<>\"'“”‘’()[],;"  # noqa: RUF001 - quotation marks as people paste them
MOST_LINES: Final = 2000
_MOST_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Website:
    """The addresses of one website.

    Attributes:
        name: of the platform, or the host.
        is_served: the platform takes part in this service, so it gets the notice from here.
        urls: clean ones, in the order of the list.
    """

    name: str
    is_served: bool
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that could not be read as an address.

    Attributes:
        number: of the line, from 1.
        text: its beginning, as pasted.
    """

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was in a pasted list.

    Attributes:
        websites: those that take part first, then by name.
        merged: how many addresses stood there more than once.
        known: how many are in the case already.
        unread: lines that are no address.
        is_too_long: more addresses than a case takes; those after them are left out.
    """

    websites: tuple[Website, ...]
    merged: int
    known: int
    unread: tuple[Unread, ...]
    is_too_long: bool

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses, website by website."""
        return tuple(url for website in self.websites for url in website.urls)


def read_pasted(
    text: str, *, owners: Mapping[str, Platform], known: Iterable[str] = (), room: int = MOST_URLS
) -> Pasted:
    """Read a pasted list.

    A line may hold words around an address, or several addresses, as mails and tables do.

    Args:
        text: as pasted.
        owners: origin -> the platform that owns it; see ``cases.services.places.owners``.
        known: clean addresses that the case has already.
        room: how many more a case takes.
    """
    seen: dict[str, str] = {}
    before, merged, twice = {address_key(url) for url in known}, 0, 0
    unread: list[Unread] = []
    lines = text.splitlines()
    for number, line in enumerate(lines[:MOST_LINES], 1):
        if not line.strip():
            continue
        urls = _addresses(line)
        if urls is None:
            unread.append(Unread(number, line.strip()[:_MOST_SHOWN]))
            continue
        for url in urls:
            key = address_key(url)
            if key in before:
                twice += 1
            elif key in seen:
                merged += 1
            else:
                seen[key] = url
    kept = list(seen.values())[: max(0, room)]
    return Pasted(
        websites=_by_website(kept, owners),
        merged=merged,
        known=twice,
        unread=tuple(unread),
        is_too_long=len(seen) > len(kept) or len(lines) > MOST_LINES,
    )


def _addresses(line: str) -> list[str] | None:
    """The addresses of a line, clean; None where it holds none or one that is damaged."""
    found = [part.strip(_WRAPPING).rstrip(".") for part in _ADDRESS.findall(line)]
    try:
        return [clean_url(part) for part in found or [line.strip().strip(_WRAPPING)]]
    except ValueError:
        return None


def _by_website(urls: list[str], owners: Mapping[str, Platform]) -> tuple[Website, ...]:
    groups: dict[tuple[bool, str], list[str]] = {}
    for url in urls:
        platform = owners.get(origin_of(url))
        name = platform.name if platform else host_of(url)
        groups.setdefault((platform is not None, name), []).append(url)
    ordered = sorted(groups.items(), key=lambda pair: (not pair[0][0], pair[0][1].casefold()))
    return tuple(Website(name, served, tuple(urls)) for (served, name), urls in ordered)
