"""The page of a case, ready to be written: words, clocks, rows and the chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.actions.selectors import UNSEEN_THERE, CaseRemovals, Hold, Stage
from staydown_web.base.wording import colon
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.selectors import (
    ClockState,
    ItemRow,
    LocationRow,
    PersonView,
    Standing,
)
from staydown_web.portal.selectors.addresses import (
    counted,
    help_words,
    hidden_words,
    is_decided,
    is_settled,
    is_told,
    living_states,
    path_of,
    unseen_words,
    website_of,
)
from staydown_web.portal.selectors.clocks import Clock, met, running
from staydown_web.portal.selectors.file_sizes import size_in_words
from staydown_web.portal.selectors.let_go import is_unwatched, unwatched_words
from staydown_web.portal.selectors.place_times import no_time_words, time_of
from staydown_web.portal.selectors.providers import elsewhere_note, elsewhere_words
from staydown_web.regimes.selectors import act_by_words, ended_on_words, start_note

ENDED: Final = frozenset({Case.State.WITHDRAWN, Case.State.CLOSED})


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
        counted: how many addresses are in which state, where they differ; else empty.
        is_partly: it was removed at some, and nothing is found at the others.
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
    counted: str = ""
    is_partly: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of "What was found and removed"."""

    name: str
    meta: str
    where: str
    chip: Chip


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
_STAGE_CHIPS: Final[Mapping[str, tuple[Any, str, str]]] = {
    Stage.DECIDED: (Stage.DECIDED.label, "now", "half"),
    Stage.ORDERED: (Stage.ORDERED.label, "now", "half"),
    Stage.DONE: (Stage.DONE.label, "done", "check"),
    Stage.FAILED: (Stage.FAILED.label, "heed", "look"),
}
_STAGE_NOTES: Final[Mapping[str, Any]] = {
    Stage.ORDERED: gettext_lazy("The website has not answered yet. It may still be online."),
    Stage.FAILED: gettext_lazy(
        "The website did not carry it out. It may still be online. A reviewer looks at it again."
    ),
}


def item_names(items: Sequence[ItemRow]) -> dict[str, str]:
    """Id -> how each item is called: by its file, else "Picture 2", "Video 1" or "Link 1"."""
    names = {}
    for item in items:
        label = next((one.name for one in item.labels if one.name), "")
        names[str(item.id)] = label or _numbered(item) % {"n": item.position}
    return names


def _numbered(item: ItemRow) -> str:
    if not item.labels:  # she gave an address, whatever was seen there
        return _("Link %(n)d")
    if item.content_kind == "video":
        return _("Video %(n)d")
    return _("Picture %(n)d")


def places_of(
    view: PersonView, *, writes: bool, removals: CaseRemovals, now: datetime
) -> list[Place]:
    """The websites that she named, each with its clock.

    Args:
        view: what her page may show.
        writes: whether she lets us write to those that do not work with us.
        removals: what came of what was to be removed.
        now: the moment, aware UTC.
    """
    by_name: dict[str, list[LocationRow]] = {}
    for given in view.locations:
        row = removals.as_it_stands(given)
        by_name.setdefault(website_of(row.url, row.platform) or _("a website"), []).append(row)
    places = [
        _place(name, rows, view, now, writes=writes, removals=removals)
        for name, rows in by_name.items()
    ]
    # Those that never answer here come last.
    return _advised_once(sorted(places, key=lambda place: place.clock is None))


def _advised_once(places: Sequence[Place]) -> list[Place]:
    """What she can do herself where a website has not joined is said at the first of them."""
    away = [place for place in places if place.state == Location.State.ELSEWHERE]
    return [
        replace(place, note=elsewhere_note()) if place in away[1:] else place for place in places
    ]


def _place(
    name: str,
    rows: Sequence[LocationRow],
    view: PersonView,
    now: datetime,
    *,
    writes: bool,
    removals: CaseRemovals,
) -> Place:
    count, rows = len(rows), _standing(rows)
    state, stage = _state_of(rows), _stage_of(rows, removals)
    time = time_of(rows, view)
    since, due_at = time.since, time.due_at
    base = Place(
        name, state, _place_chip(state, stage, rows, view, removals), count, counted=counted(rows)
    )
    base = _in_part(base, rows)
    if stage is not None:
        base = replace(base, note=_stage_note(stage, rows, view, removals))
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
        base = _unseen(base, [row for row in rows if row.state == state], view)
    if time.is_of_others:
        return replace(base, note=f"{base.note} {no_time_words()}".strip())
    if due_at is None and any(one.state is ClockState.PAUSED for one in time.clocks):
        return replace(base, note=base.note or _("The time limit stands still."))
    if since and due_at and any(one.is_open for one in time.clocks):
        clock = running(since=since, until=due_at, now=now)
        note = f"{base.note} {start_note(time.law) if time.law else ''}".strip()
        words = act_by_words(time.law) if now < due_at else ended_on_words(time.law)
        return replace(base, clock=clock, words=words, at=due_at, note=note)
    if since and due_at is None:
        base = replace(base, note=base.note or _("No law sets a time here."))
    return base


def _in_part(base: Place, rows: Sequence[LocationRow]) -> Place:
    """Where it was removed at some addresses, the website is not one at which nothing was found."""
    if {row.state for row in rows} != {Location.State.REMOVED, Location.State.NOT_FOUND}:
        return base
    return replace(base, chip=Chip(_("Removed in part"), "now", "half"), is_partly=True)


def _unseen(base: Place, rows: Sequence[LocationRow], view: PersonView) -> Place:
    """Nothing could be looked at there: who looks, until that is decided; then that they have."""
    open_ = [row for row in rows if not is_decided(row, view)]
    needs = any(row.reason == Location.Reason.PAGE for row in open_)
    shown = next((row for row in open_ if row.reason == Location.Reason.PAGE), (open_ or rows)[0])
    note = unseen_words(shown, view)
    if note and base.counted:  # it is not of all of them
        note = f"{path_of(shown.url)}{colon()}{note}"
    if needs:
        note = f"{note} {help_words()}"
    if base.state == Location.State.UNREACHABLE and not open_:  # nobody waits for its answer
        base = replace(base, chip=_decided())
    return replace(base, note=note, needs_address=needs)


def _stage_of(rows: Sequence[LocationRow], removals: CaseRemovals) -> Stage | None:
    """How far the removal of what was found there is; of several addresses all must be as far."""
    open_ = [removals.places.get(row.id) for row in rows if row.state == Location.State.FOUND]
    if Stage.FAILED in open_:
        return Stage.FAILED
    return Stage.ORDERED if open_ and set(open_) <= {Stage.DECIDED, Stage.ORDERED} else None


def _stage_note(
    stage: Stage, rows: Sequence[LocationRow], view: PersonView, removals: CaseRemovals
) -> str:
    """Of what failed a reviewer looks again, until that is decided anew."""
    failed = [row for row in rows if removals.places.get(row.id) == Stage.FAILED]
    if stage == Stage.FAILED and all(is_decided(row, view) for row in failed):
        return _(
            "The website did not carry it out. It may still be online. A reviewer has decided "
            "again."
        )
    if stage in {Stage.DECIDED, Stage.ORDERED} and removals.are_hidden(rows):
        return hidden_words()
    return str(_STAGE_NOTES.get(stage, ""))


def _place_chip(
    state: str,
    stage: Stage | None,
    rows: Sequence[LocationRow],
    view: Standing,
    removals: CaseRemovals,
) -> Chip:
    """A copy was found there: looked at until her items are decided, then what was decided."""
    if stage is not None and state == Location.State.FOUND:
        return _chip(_STAGE_CHIPS, stage)
    if chip := _waiting(rows, view, removals):
        return chip
    if state == Location.State.NOT_FOUND and any(row.is_unseen for row in rows):
        return Chip(str(UNSEEN_THERE[1]), "heed", "look")
    if state != Location.State.FOUND or not is_settled(view):
        return _chip(_PLACE_CHIPS, state)
    if living_states(view) == {Item.State.KEPT}:
        return _chip(_ITEM_CHIPS, Item.State.KEPT)
    return _decided()


def _waiting(rows: Sequence[LocationRow], view: Standing, removals: CaseRemovals) -> Chip | None:
    """For whom what was found there waits: her, a second reviewer; None where it is for neither."""
    found = [row for row in rows if row.state == Location.State.FOUND]
    if found and not is_settled(view) and all(is_decided(row, view) for row in found):
        return _asked()
    hold = _hold_of(rows, view, removals) if found else None
    return Chip(hold.words, "now", "half") if hold else None


def address_chip(row: LocationRow, view: Standing, removals: CaseRemovals) -> Chip:
    """How one address stands: as a website at which she gave no other."""
    row = removals.as_it_stands(row)
    if row.state == Location.State.UNREACHABLE and is_decided(row, view):
        return _decided()
    return _place_chip(row.state, _stage_of([row], removals), [row], view, removals)


def _hold_of(rows: Sequence[LocationRow], view: Standing, removals: CaseRemovals) -> Hold | None:
    """By what all that may still be there is held; of several the one that is not hidden counts."""
    gone = {Location.State.REMOVED, Location.State.NOT_FOUND}
    open_ = [row for row in rows if row.is_unseen or row.state not in gone]
    holds = [removals.waiting_at(row) for row in open_ if not is_decided(row, view)]
    if None in holds:
        return None
    return min(filter(None, holds), key=lambda one: bool(one.hidden_at), default=None)


def _asked() -> Chip:
    """Of what she was told may stay, while she can still answer."""
    return Chip(_("Waiting for an answer"), "wait", "dot")


def _decided() -> Chip:
    return Chip(_("Decided"), "now", "half")


def _standing(rows: Sequence[LocationRow]) -> Sequence[LocationRow]:
    """The addresses that count: not that of a page, once that of the picture there came too."""
    answered = {Location.State.FOUND, Location.State.NEW, Location.State.REMOVED}
    last = max((n for n, row in enumerate(rows) if row.state in answered), default=-1)
    return [row for n, row in enumerate(rows) if n > last or row.reason != Location.Reason.PAGE]


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


def rows_of(view: Standing, names: Mapping[str, str], removals: CaseRemovals) -> list[Row]:
    """Her items, by name, size and date; never by a picture."""
    places: dict[int, list[LocationRow]] = {}
    for row in view.locations:
        if row.position is not None:
            places.setdefault(row.position, []).append(row)
    return [
        _row(item, names[str(item.id)], places.get(item.position, []), removals, view)
        for item in view.items
    ]


def _row(
    item: ItemRow,
    name: str,
    places: Sequence[LocationRow],
    removals: CaseRemovals,
    view: Standing,
) -> Row:
    chip, states = item_chip(item, removals), {place.state for place in places}
    is_open = item.state in {Item.State.RECEIVED, Item.State.IN_REVIEW}
    if is_open and removals.of_item(item.id).stage is None and is_told(item, view):
        chip = _asked()
    # An address alone, of a website that does not take part: nobody here will ever decide on it.
    is_address = item.state == Item.State.RECEIVED and not item.content_kind
    if is_address and states == {Location.State.ELSEWHERE}:
        chip = _chip(_PLACE_CHIPS, Location.State.ELSEWHERE)
    if is_unwatched(item, places):
        chip = Chip(unwatched_words(), "heed", "look")
    # Of several addresses each counts.
    if removals.of_item(item.id).stage == Stage.DONE and Location.State.FOUND in states:
        chip = _decided()
    where = ", ".join(dict.fromkeys(website_of(place.url, place.platform) for place in places))
    return Row(name=name, meta=_meta(item), where=where, chip=chip)


def item_chip(item: ItemRow, removals: CaseRemovals) -> Chip:
    """How an item stands; it is gone when the website says so, or whoever removed it by hand."""
    removal = removals.of_item(item.id)
    if removal.is_unfound:
        return _chip(_PLACE_CHIPS, Location.State.NOT_FOUND)
    if hold := removals.hold_of(item.id, item.state):
        return Chip(hold.words, "now", "half")
    stage = removal.stage
    return _chip(_STAGE_CHIPS, stage) if stage else _chip(_ITEM_CHIPS, item.state)


def _meta(item: ItemRow) -> str:
    if not item.labels:
        return ""
    label = item.labels[0]
    parts = [size_in_words(label.size_bytes)] if label.size_bytes else []
    if label.modified_on:
        parts.append(date_format(label.modified_on, "DATE_FORMAT"))
    return " · ".join(parts)


def _chip(table: Mapping[str, tuple[Any, str, str]], state: str) -> Chip:
    words, tone, icon = table[state]
    return Chip(str(words), tone, icon)
