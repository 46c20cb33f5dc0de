"""Places where the person says it is: stored sealed, and tied to the platform that owns them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from staydown_web.accounts.models import Platform
from staydown_web.base.sealing import blind, seal_for_case, unseal_for_case
from staydown_web.cases.forms import address_key, clean_url, origin_of, same_website
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services.events import Events


def owners() -> dict[str, Platform]:
    """Origin -> the platform that owns it; of two that claim one, the first that was made.

    Besides what is listed all that is the same website: the other scheme, with or without ``www.``.
    Nothing is fetched there; see ``brought_to``.
    """
    listed: dict[str, Platform] = {}
    for platform in Platform.objects.order_by("created_at", "id"):
        for origin in origins_of(platform):
            listed.setdefault(origin, platform)
    alike = [(platform, same_website(origin)) for origin, platform in listed.items()]
    found = dict(listed)
    # The nearest first: another platform may list the very name that one is without.
    for at in range(max((len(same) for _platform, same in alike), default=0)):
        for platform, same in alike:
            if at < len(same):
                found.setdefault(same[at], platform)
    return found


def brought_to(url: str, origins: Sequence[str]) -> str | None:
    """An address at an origin that is listed, so that nothing is fetched from any other.

    Args:
        url: clean, as a person or a reviewer wrote it.
        origins: that are listed.

    Returns:
        The address itself where its origin is listed, else the same path where the website is; None
        where no origin that is listed is the same website.
    """
    own = origin_of(url)
    for origin in same_website(own):
        if origin in origins:
            return origin + url.removeprefix(own)
    return None


def origins_of(platform: Platform) -> list[str]:
    """The origins at which a platform's content can be reported: of its media and its pages."""
    return _clean([*platform.media_origins, platform.public_url])


def media_origins_of(platform: Platform) -> list[str]:
    """The origins that a platform lists as its own: only there is media fetched."""
    return _clean(platform.media_origins)


def _clean(listed: Sequence[str]) -> list[str]:
    found = []
    for origin in listed:
        with suppress(ValueError):  # a slip in a setting must not keep a person from filing
            found.append(origin_of(clean_url(origin)))
    return found


def url_of(location: Location) -> str:
    """The address, unsealed; empty where it was erased."""
    if location.url_box is None:
        return ""
    return str(
        unseal_for_case(location.case_id, location.url_box, context=f"location:{location.pk}")
    )


def seen_url_of(location: Location) -> str:
    """Where to look: where a reviewer saw its picture, else the address; empty where erased."""
    if location.media_box is None:
        return url_of(location)
    context = f"location-media:{location.pk}"
    return str(unseal_for_case(location.case_id, location.media_box, context=context))


def mark_of(url: str) -> str:
    """The blind mark of an address, by which it is found again in another notice."""
    return blind(url.encode(), purpose="address")


def add_places(
    *, case: Case, urls: Sequence[str], items: Sequence[Item], now: datetime, events: Events
) -> list[Location]:
    """Store addresses; those of platforms that we serve are looked at as soon as possible.

    Args:
        case: with its key made.
        urls: clean ones.
        items: the item of each address, in the same order; empty: not known yet.
        now: the moment, aware UTC.
        events: gathers what happened.

    Returns:
        The new places; an address that the case has already is left out.
    """
    known = keys_of(case)
    made: list[Location] = []
    platforms = owners()
    for number, url in enumerate(urls):
        if address_key(url) in known:
            continue
        platform = platforms.get(origin_of(url))
        location = Location(
            case=case,
            item=items[number] if items else None,
            position=len(known) + len(made) + 1,
            platform=platform,
            state=Location.State.NEW if platform else Location.State.ELSEWHERE,
            next_try_at=now if platform else None,
            added_at=now,
            state_at=now,
        )
        location.url_box = seal_for_case(case.pk, url, context=f"location:{location.pk}")
        location.url_blind = mark_of(url) if platform else ""
        location.save()
        if platform is None:
            events.add("location_elsewhere", f"location:{location.pk}")
        made.append(location)
    return made


def known_places(*, case: Case, urls: Sequence[str]) -> tuple[list[Location], bool]:
    """The places of a case that addresses, as typed, name; and whether they name others too."""
    keys = set()
    for url in urls:
        with suppress(ValueError):
            keys.add(address_key(clean_url(url)))
    known = places_at(case, keys) if keys else {}
    return list(known), bool(keys.difference(known.values()))


def keys_of(case: Case) -> set[str]:
    """By what the addresses of a case are known again."""
    return {address_key(url_of(location)) for location in case.locations.all()}


def places_at(case: Case, keys: Collection[str]) -> dict[Location, str]:
    """The places of a case that are known by these keys, each with its own."""
    found = {place: address_key(url_of(place)) for place in case.locations.all()}
    return {place: key for place, key in found.items() if key in keys}


def look_again(*, case: Case, urls: Collection[str], now: datetime, events: Events) -> int:
    """Look once more at addresses where nothing was found, or nobody answered, as if they were new.

    Args:
        case: whose.
        urls: clean ones that the case has.
        now: the moment, aware UTC.
        events: gathers what happened.

    Returns:
        How many are looked at again.
    """
    ended = (Location.State.UNREACHABLE, Location.State.NOT_FOUND)
    places = case.locations.filter(state__in=ended, platform__isnull=False)
    keys = {address_key(url) for url in urls}
    ids = [place.pk for place in places if address_key(url_of(place)) in keys]
    for id_ in ids:
        events.add("location_again", f"location:{id_}")
    return Location.objects.filter(pk__in=ids).update(
        state=Location.State.NEW, reason="", tries=0, next_try_at=now, state_at=now, media_box=None
    )
