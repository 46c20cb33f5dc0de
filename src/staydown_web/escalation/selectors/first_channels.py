"""Where sites and search engines take first notices: our list, and what staff entered.

The list is data of other people's making: each entry says where it was read, when, and whether the
site's own page was read at all. An address that nobody was sure of is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from staydown_web.base.sealing import unseal
from staydown_web.escalation.models import Site, SiteChannel
from staydown_web.escalation.selectors.first_reading import (
    STAFF_KEY,
    Channel,
    ChannelKind,
    Rules,
    read_channels,
    read_rules,
)

FOLDER = Path(__file__).resolve().parents[1] / "data" / "channels"


@cache
def channels() -> Mapping[str, Channel]:
    """All of our list by key.

    Raises:
        ConfigError: a file is wrong; which, where, and what it should be.
    """
    return read_channels(FOLDER)


@cache
def rules() -> Rules:
    """What holds for every first notice.

    Raises:
        ConfigError: the file is wrong.
    """
    return read_rules(FOLDER / "rules.toml")


def engines() -> list[Channel]:
    """Search engines that are asked from the first day, in the order of the list."""
    return [one for one in channels().values() if one.is_search and one.from_day_one]


def covered_by(engine: Channel) -> list[str]:
    """Names of search engines that show the results of this one."""
    return [one.name for one in channels().values() if one.served_by == engine.key]


def channel_of_domain(domain: str) -> Channel | None:
    """The entry of our list for a site, None where it has none.

    Args:
        domain: of the site; a name below one of the list is found too.
    """
    labels = domain.split(".")
    known = _by_domain()
    return next((known[name] for name in _parents(labels) if name in known), None)


def channel_of(site: Site, *, domain: str) -> Channel | None:
    """How a site takes notices: what staff entered, else our list; None: nobody knows."""
    entered = SiteChannel.objects.filter(site=site).first()
    return entered_channel(entered, domain) if entered else channel_of_domain(domain)


def entered_channel(row: SiteChannel, domain: str) -> Channel:
    """What staff entered, in the same shape as our list."""
    held = _unsealed(row)
    return Channel(
        key=STAFF_KEY,
        name=domain,
        is_search=False,
        domains=(domain,),
        kind=ChannelKind(row.kind),
        address=held["address"],
        look_for="",
        languages=(row.language,),
        laws=tuple(row.laws),
        asks=(),
        cautions=("no_pictures",),
        urls_per_request=rules().most_links,
        tida="",
        served_by="",
        from_day_one=False,
        source=held["source"],
        read_on=row.set_at.date(),
        is_checked=True,
    )


@cache
def _by_domain() -> dict[str, Channel]:
    return {
        domain: one for one in channels().values() if not one.is_search for domain in one.domains
    }


def _parents(labels: list[str]) -> list[str]:
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def _unsealed(row: SiteChannel) -> dict[str, str]:
    held: dict[str, str] = json.loads(unseal(row.box, context=f"site-channel:{row.pk}"))
    return held
