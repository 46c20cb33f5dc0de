"""What is known of each address that she gave, in a sentence or two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.actions.selectors import CaseRemovals, Stage
from staydown_web.cases.models import Item, Location
from staydown_web.cases.selectors import (
    ItemRow,
    LocationRow,
    PersonView,
    Standing,
    is_of_link,
    is_told_of,
    items_at,
)
from staydown_web.portal.selectors.providers import elsewhere_note

_STAYS: Final = gettext_lazy("It was decided that it is not removed.")
_TO_SHOW: Final = gettext_lazy(
    "The website has hidden it. It was decided that it may be shown again."
)
_SETTLED: Final = frozenset({Item.State.REMOVED, Item.State.KEPT})
_REASONS: Final[Mapping[str, Any]] = {
    Location.Reason.PAGE: gettext_lazy("We found no picture or video on this page."),
    Location.Reason.GONE: gettext_lazy("The website says that nothing is there."),
    Location.Reason.UNREADABLE: gettext_lazy("What is there cannot be read as a picture or video."),
    Location.Reason.TOO_LARGE: gettext_lazy("What is there is too large."),
    Location.Reason.REFUSED: gettext_lazy("We cannot open this address."),
    Location.Reason.SILENT: gettext_lazy("The website did not answer."),
}

_COUNTED: Final[Mapping[str, Any]] = {
    Location.State.REMOVED: gettext_lazy("%(n)d removed"),
    Location.State.FOUND: gettext_lazy("%(n)d found"),
    Location.State.NEW: gettext_lazy("%(n)d waiting"),
    Location.State.UNREACHABLE: gettext_lazy("%(n)d without an answer"),
    Location.State.NOT_FOUND: gettext_lazy("%(n)d not found"),
    "unseen": gettext_lazy("%(n)d could not be looked at"),
    Location.State.ELSEWHERE: gettext_lazy("%(n)d not taking part"),
}
_NAME_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Address:
    """One address.

    Attributes:
        url: as she gave it, in its clean form.
        words: what is known of it.
        at: since when, where that says something; else None.
    """

    url: str
    words: str
    at: datetime | None = None


def addresses_of(view: PersonView, removals: CaseRemovals) -> list[Address]:
    """All of her addresses, in her order."""
    return [_address(removals.as_it_stands(row), view, removals) for row in view.locations]


def host_of(url: str) -> str:
    """The name of a website out of an address, as people know it."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def website_of(url: str, platform: str) -> str:
    """How a website is called: by its host, and where that is a bare number, as it calls itself.

    Args:
        url: an address there; empty after erasure.
        platform: its name where it is served here; else empty.
    """
    host = host_of(url)
    return platform if platform and _is_bare(host) else host


def _is_bare(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def path_of(url: str) -> str:
    """What tells an address from the others of its website, not longer than a line."""
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return path if len(path) <= _NAME_LENGTH else f"{path[: _NAME_LENGTH - 1]}…"


def place_names(rows: Sequence[LocationRow]) -> dict[str, str]:
    """Id -> how an address is called: by its website, and by itself where she gave others there."""
    names = {row.url: website_of(row.url, row.platform) for row in rows}
    counts = Counter(names.values())
    return {
        str(row.id): _by_itself(row.url, names[row.url])
        if counts[names[row.url]] > 1
        else names[row.url]
        for row in rows
    }


def _by_itself(url: str, name: str) -> str:
    return name + (path_of(url) if name == host_of(url) else f" ({path_of(url)})")


def counted(rows: Sequence[LocationRow]) -> str:
    """How many addresses of a website are in which state; empty where all are in the same."""
    states = Counter("unseen" if row.is_unseen else str(row.state) for row in rows)
    if len(states) < 2:
        return ""
    return ", ".join(
        str(words) % {"n": states[key]} for key, words in _COUNTED.items() if key in states
    )


def unseen_words(row: LocationRow, view: Standing) -> str:
    """Of an address at which nothing could be looked at: why, and that a person looks or has."""
    # Where a reviewer pointed elsewhere, the reason is that of an address which she did not give.
    is_known = row.reason in _REASONS and not row.is_led_on
    words = [str(_REASONS[row.reason])] if is_known else []
    if not is_decided(row, view):
        words.append(_("A reviewer looks at it."))
    elif row.position is not None:
        words.append(_("A reviewer has decided."))
    return " ".join(words)


def hidden_words() -> str:
    """Of what is to be removed, and the website has hidden meanwhile."""
    return _("The website has hidden it, and has not said yet that it is removed.")


def help_words() -> str:
    """How she can help with the address of a page."""
    return _(
        "You can help: add the address of the picture itself. Press long on it, or click it with "
        "the right button, and copy its address."
    )


def is_decided(row: LocationRow, view: Standing) -> bool:
    """Whether what an address stands for is decided; where it stands for nothing, all of hers.

    Also where she can still answer before it is carried out: nobody looks until she does. What a
    reviewer can still undo she is not told.
    """
    about = items_at(row, view)
    return bool(about) and all(one.state in _SETTLED or is_told(one, view) for one in about)


def is_told(item: ItemRow, view: Standing) -> bool:
    """Whether she was told of the decision about an item that stands, so that she can answer."""
    return is_told_of(item.id, item.answered_at, view.moments)


def living_states(view: Standing) -> set[str]:
    """The states of what she has not taken back, as far as somebody here can decide on it."""
    return {item.state for item in items_here(view)} - {Item.State.WITHDRAWN}


def items_here(view: Standing) -> Sequence[ItemRow]:
    """Hers without those known by addresses alone, all on websites that do not take part.

    All of hers, where she gave no other.
    """
    away: set[int | None] = set()
    here: set[int | None] = set()
    for row in view.locations:
        (away if row.state == Location.State.ELSEWHERE else here).add(row.position)
    found = [item for item in view.items if not _waits_away(item, away - here)]
    return found or list(view.items)


def _waits_away(item: ItemRow, away: Container[int | None]) -> bool:
    is_address = item.state == Item.State.RECEIVED and not item.content_kind
    return is_address and item.position in away


def is_settled(view: Standing) -> bool:
    """Whether all of it is decided."""
    states = living_states(view)
    return bool(states) and states <= _SETTLED


def _address(row: LocationRow, view: PersonView, removals: CaseRemovals) -> Address:
    match row.state:
        case Location.State.NEW:
            return Address(row.url, _("We look there soon."))
        case Location.State.ELSEWHERE:
            return Address(row.url, elsewhere_note())
        case Location.State.REMOVED:
            words = _("It was removed there. If it is there again, please write to the reviewer.")
            if row.is_pointed:
                words = _(
                    "It was removed at another address of this website. If it is there again, "
                    "please write to the reviewer."
                )
            if {one.state for one in items_at(row, view)} == {Item.State.KEPT}:
                words = _("It was removed there. It was decided that it may be shown again.")
            return Address(row.url, words, row.state_at)
        case Location.State.FOUND:
            return Address(row.url, f"{_where(row, view)} {_found(row, view, removals)}")
        case _:
            return Address(row.url, unseen_words(row, view))


def _where(row: LocationRow, view: Standing) -> str:
    """What was found; a copy only where she gave a picture or video with which it was compared."""
    if is_of_link(row, view):
        if row.is_pointed:
            return _("A picture or video was found at another address of this website.")
        return _("A picture or video was found there.")
    if row.is_pointed:
        return _("A copy was found at another address of this website.")
    return _("A copy was found there.")


def _found(row: LocationRow, view: Standing, removals: CaseRemovals) -> str:
    states = {one.state for one in items_at(row, view)}
    if states == {Item.State.KEPT}:
        return str(_TO_SHOW if removals.let_go_at(row.id) else _STAYS)
    # Ordered again it is in review until the website answers, and in nobody's queue.
    is_to_go = removals.places.get(row.id) in {Stage.DECIDED, Stage.ORDERED}
    if states == {Item.State.REMOVED} or is_to_go:
        return _("It is to be removed; we wait for that.")
    if is_decided(row, view):
        return _("A reviewer has decided.")
    if (hold := removals.hold_at(row.id)) and hold.hidden_at:
        return _("It is hidden until a second reviewer has decided.")
    if hold:
        return _("A second reviewer decides. The website has not said that it is hidden.")
    return _("A reviewer looks at it.")


def kept_words(row: LocationRow, view: Standing) -> str:
    """Why an address is held of which it is settled that it stays."""
    return f"{_where(row, view)} {_STAYS}"
