"""The page of a case, ready to be written: words, clocks, rows and the chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.selectors import ClockState, ItemRow, LocationRow, PersonView
from staydown_web.portal.selectors.clocks import Clock, met, running
from staydown_web.portal.selectors.file_sizes import size_in_words
from staydown_web.portal.selectors.providers import elsewhere_words
from staydown_web.portal.selectors.story import host_of

ENDED: Final = frozenset({Case.State.WITHDRAWN, Case.State.CLOSED})
_CHART_WEEKS: Final = 8
_SETTLED: Final = frozenset({Item.State.REMOVED, Item.State.KEPT})


@dataclass(frozen=True, slots=True)
class Chip:
    """A state as an adjective or participle, with its icon and tone."""

    words: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Place:
    """One website among those that she named.

    Attributes:
        name: of its host.
        state: of ``Location.State``: of the address there that is farthest from its end.
        chip: how it stands.
        count: how many addresses there.
        clock: its time, or None.
        note: a sentence, or empty.
        words: what happened or must happen at ``at``, or empty.
        at: a moment, or None.
        needs_address: an address leads to a page; she can add that of the picture itself.
    """

    name: str
    state: str
    chip: Chip
    count: int
    clock: Clock | None = None
    note: str = ""
    words: str = ""
    at: datetime | None = None
    needs_address: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of "What was found and removed"."""

    name: str
    meta: str
    where: str
    chip: Chip


@dataclass(frozen=True, slots=True)
class Bar:
    """One week of the chart; lengths in the units of its drawing."""

    label: str
    count: int
    x: int
    y: int
    height: int
    is_alternate: bool

    @property
    def middle(self) -> int:
        """Where its texts stand."""
        return self.x + 23


_PLACE_CHIPS: Final[Mapping[str, tuple[Any, str, str]]] = {
    Location.State.NEW: (gettext_lazy("Waiting"), "wait", "dot"),
    Location.State.FOUND: (gettext_lazy("Reviewing"), "now", "half"),
    Location.State.UNREACHABLE: (gettext_lazy("No answer yet"), "wait", "dot"),
    Location.State.NOT_FOUND: (gettext_lazy("Nothing found"), "heed", "look"),
    Location.State.ELSEWHERE: (gettext_lazy("Not taking part"), "wait", "dot"),
    Location.State.REMOVED: (gettext_lazy("Removed"), "done", "check"),
}
_ITEM_CHIPS: Final[Mapping[str, tuple[Any, str, str]]] = {
    Item.State.RECEIVED: (gettext_lazy("Waiting"), "wait", "dot"),
    Item.State.IN_REVIEW: (gettext_lazy("Reviewing"), "now", "half"),
    Item.State.REMOVED: (gettext_lazy("Removed"), "done", "check"),
    Item.State.KEPT: (gettext_lazy("Not removed"), "heed", "look"),
    Item.State.WITHDRAWN: (gettext_lazy("Taken back"), "wait", "dot"),
}
_REASONS: Final[Mapping[str, Any]] = {
    Location.Reason.PAGE: gettext_lazy(
        "This is the address of a page. Please add the address of the picture itself: press long "
        "on it, or click it with the right button, and copy its address."
    ),
    Location.Reason.GONE: gettext_lazy("Nothing is there any more."),
    Location.Reason.UNREADABLE: gettext_lazy(
        "What is there cannot be read as a picture or video. A reviewer looks at it."
    ),
    Location.Reason.TOO_LARGE: gettext_lazy("What is there is too large. A reviewer looks at it."),
    Location.Reason.REFUSED: gettext_lazy("We cannot open this address. A reviewer looks at it."),
    Location.Reason.SILENT: gettext_lazy("The website did not answer. A reviewer looks at it."),
}

_HERS: Final = frozenset({Location.Reason.PAGE, Location.Reason.GONE})
"""Reasons that stay as true when a reviewer has decided."""


def item_names(items: Sequence[ItemRow]) -> dict[str, str]:
    """Id -> how each item is called: by its file, else "Picture 2", "Video 1" or "Link 1"."""
    names = {}
    for item in items:
        label = next((one.name for one in item.labels if one.name), "")
        names[str(item.id)] = label or _numbered(item) % {"n": item.position}
    return names


def _numbered(item: ItemRow) -> str:
    if item.content_kind == "video":
        return _("Video %(n)d")
    return _("Picture %(n)d") if item.content_kind else _("Link %(n)d")


def places_of(view: PersonView, *, writes: bool, now: datetime) -> list[Place]:
    """The websites that she named, each with its clock.

    Args:
        view: what her page may show.
        writes: whether she lets us write to those that do not work with us.
        now: the moment, aware UTC.
    """
    by_host: dict[str, list[LocationRow]] = {}
    for row in view.locations:
        by_host.setdefault(host_of(row.url) or _("a website"), []).append(row)
    places = [_place(name, rows, view, now, writes=writes) for name, rows in by_host.items()]
    # Those that never answer here come last.
    return sorted(places, key=lambda place: place.clock is None)


def _place(
    name: str, rows: Sequence[LocationRow], view: PersonView, now: datetime, *, writes: bool
) -> Place:
    count, rows = len(rows), _standing(rows)
    state = _state_of(rows)
    since, due_at = view.valid_at, view.due_at
    base = Place(name, state, _place_chip(state, view), count)
    if state == Location.State.REMOVED:
        at = max(row.state_at for row in rows)
        clock = met(since=since, until=due_at, at=at) if since else None
        return replace(base, clock=clock, words=_("Removed on"), at=at)
    if state == Location.State.ELSEWHERE:
        note = elsewhere_words()
        if writes:
            note = _("This website has not joined. We write to it for you; see below.")
        return replace(base, note=note)
    if state in {Location.State.NOT_FOUND, Location.State.UNREACHABLE}:
        reason = next((row.reason for row in rows if row.state == state), "")
        note = str(_REASONS.get(reason, _("A reviewer looks at it.")))
        if _is_settled(view) and reason not in _HERS:
            note = _("A reviewer has looked at it.")
        base = replace(base, note=note, needs_address=reason == Location.Reason.PAGE)
    if due_at is None and any(one.state is ClockState.PAUSED for one in view.clocks):
        return replace(base, note=base.note or _("The time limit stands still."))
    if since and due_at and any(one.is_open for one in view.clocks):
        clock = running(since=since, until=due_at, now=now)
        return replace(base, clock=clock, words=_had_to(due_at, now), at=due_at)
    if since and due_at is None:
        base = replace(base, note=base.note or _("No law sets a time here."))
    return base


def _place_chip(state: str, view: PersonView) -> Chip:
    """A copy was found there: looked at until her items are decided, then what was decided."""
    if state != Location.State.FOUND or not _is_settled(view):
        return _chip(_PLACE_CHIPS, state)
    if _living(view) == {Item.State.KEPT}:
        return _chip(_ITEM_CHIPS, Item.State.KEPT)
    return _decided()


def _living(view: PersonView) -> set[str]:
    """The states of what she has not taken back."""
    return {item.state for item in view.items} - {Item.State.WITHDRAWN}


def _is_settled(view: PersonView) -> bool:
    states = _living(view)
    return bool(states) and states <= _SETTLED


def _decided() -> Chip:
    return Chip(_("Decided"), "now", "half")


def _had_to(due_at: datetime, now: datetime) -> str:
    return _("The website must act by") if now < due_at else _("It ended on")


def _standing(rows: Sequence[LocationRow]) -> Sequence[LocationRow]:
    """The addresses that count: not that of a page, once that of the picture there came too."""
    others = [row for row in rows if row.reason != Location.Reason.PAGE]
    answered = {Location.State.FOUND, Location.State.NEW, Location.State.REMOVED}
    return others if any(row.state in answered for row in others) else rows


def _state_of(rows: Sequence[LocationRow]) -> str:
    """The state of a website is that of the address there that is farthest from its end."""
    order = [
        Location.State.FOUND,
        Location.State.NEW,
        Location.State.UNREACHABLE,
        Location.State.NOT_FOUND,
        Location.State.ELSEWHERE,
        Location.State.REMOVED,
    ]
    states = {row.state for row in rows}
    return next(str(state) for state in order if state in states)


def rows_of(view: PersonView, names: Mapping[str, str]) -> list[Row]:
    """Her items, by name, size and date; never by a picture."""
    places: dict[int, list[LocationRow]] = {}
    for row in view.locations:
        if row.position is not None:
            places.setdefault(row.position, []).append(row)
    return [_row(item, names[str(item.id)], places.get(item.position, [])) for item in view.items]


def _row(item: ItemRow, name: str, places: Sequence[LocationRow]) -> Row:
    chip, states = _chip(_ITEM_CHIPS, item.state), {place.state for place in places}
    # An address alone, of a website that does not take part: nobody here will ever decide on it.
    is_address = item.state == Item.State.RECEIVED and not item.content_kind
    if is_address and states == {Location.State.ELSEWHERE}:
        chip = _chip(_PLACE_CHIPS, Location.State.ELSEWHERE)
    # It is gone when the website says so.
    if item.state == Item.State.REMOVED and Location.State.FOUND in states:
        chip = _decided()
    where = ", ".join(dict.fromkeys(host_of(place.url) for place in places))
    return Row(name=name, meta=_meta(item), where=where, chip=chip)


def _meta(item: ItemRow) -> str:
    if not item.labels:
        return ""
    label = item.labels[0]
    parts = [size_in_words(label.size_bytes)] if label.size_bytes else []
    if label.modified_on:
        parts.append(date_format(label.modified_on, "DATE_FORMAT"))
    return " · ".join(parts)


def may_be_kept_down(view: PersonView) -> bool:
    """Whether copies of something of hers are stopped, or may be after a decision."""
    return any(item.state not in {Item.State.KEPT, Item.State.WITHDRAWN} for item in view.items)


def chart_of(blocked: Mapping[date, int]) -> list[Bar]:
    """Bars of the last weeks that may be shown, those without any between included."""
    if not blocked:
        return []
    last, first = max(blocked), min(blocked)
    count = min(_CHART_WEEKS, (last - first).days // 7 + 1)
    weeks = [last - timedelta(weeks=back) for back in reversed(range(count))]
    most = max(blocked.get(week, 0) for week in weeks) or 1
    bars = []
    for place, week in enumerate(weeks):
        height = round(99 * blocked.get(week, 0) / most)
        label = date_format(week, "j M")
        bars.append(
            Bar(label, blocked.get(week, 0), 14 + 68 * place, 130 - height, height, place % 2 == 1)
        )
    return bars


def chart_words(bars: Sequence[Bar]) -> str:
    """The chart as a sentence."""
    counts = ", ".join(str(bar.count) for bar in bars)
    return _("Uploads stopped, week by week from %(first)s to %(last)s: %(counts)s.") % {
        "first": bars[0].label,
        "last": bars[-1].label,
        "counts": counts,
    }


def _chip(table: Mapping[str, tuple[Any, str, str]], state: str) -> Chip:
    words, tone, icon = table[state]
    return Chip(str(words), tone, icon)
