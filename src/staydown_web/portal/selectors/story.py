"""The story of a case in plain words: what happened, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from staydown_web.actions.selectors import CaseRemovals, Stage, Step
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.wording import listed
from staydown_web.cases.models import Case, Item
from staydown_web.cases.selectors import (
    ClockState,
    ItemRow,
    Moment,
    PersonView,
    are_let_go,
    is_of_link,
    waits_for_upload,
)
from staydown_web.portal.selectors import decided_again, one_fact
from staydown_web.portal.selectors.addresses import items_here, place_names
from staydown_web.portal.selectors.limits import law_of_time
from staydown_web.portal.selectors.story_words import WHAT, key_of, more_of, names_of_uploads
from staydown_web.portal.selectors.watching import NewCopies, new_copies_of
from staydown_web.regimes.selectors import regime
from staydown_web.reports.selectors.event_words import found_as, law_name, perhaps
from staydown_web.review.selectors.grounds import ground_words

_FIRST = frozenset({"items_added", "item_ordered_again"})
"""Of what happened at one moment: that from which the rest follows."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One mark on the line.

    Attributes:
        at: when; None for "Now".
        what: in a few words.
        more: a sentence, or empty.
        place: ``past``, ``here`` or ``ahead``.
    """

    at: datetime | None
    what: str
    more: str
    place: str


def story(
    case: Case,
    view: PersonView,
    *,
    names: Mapping[str, str],
    removals: CaseRemovals,
    now: datetime,
    is_asked: bool = False,
) -> list[Chapter]:
    """Past, now and what is ahead.

    Args:
        case: whose story; of it is read what becomes of new copies.
        view: what the page shows.
        names: id of an item -> how it is called on the page.
        removals: what came of what was to be removed.
        now: aware, UTC.
        is_asked: she can answer now, before a decision against her is carried out.
    """
    places = {f"location:{id_}": name for id_, name in place_names(view.locations).items()}
    told: list[Chapter] = []
    found = {
        f"location:{row.id}": found_as(is_pointed=row.is_pointed, is_link=is_of_link(row, view))
        for row in view.locations
    }
    later = decided_again.with_uploads(case, decided_again.with_later(case, view))
    moments = decided_again.told_once(later)
    uploads = names_of_uploads(moments, {str(row.id): row.url for row in view.locations})
    carried_out = one_fact.told_at_place(_carried_out(moments, removals, found), view)
    for moment, laws in _by_laws(carried_out):
        chapter = _tell(moment, laws, places, names, uploads)
        if chapter is None:
            continue
        if told and (told[-1].at, told[-1].what) == (chapter.at, chapter.what):
            more = " ".join(dict.fromkeys(filter(None, (told[-1].more, chapter.more))))
            chapter = replace(chapter, more=more)
            told.pop()
        told.append(chapter)
    copies = new_copies_of(case)
    return [*told, *_ahead(view, now, removals, is_asked=is_asked, copies=copies)]


def _carried_out(
    moments: Sequence[Moment], removals: CaseRemovals, found: Mapping[str, str]
) -> list[Moment]:
    """The moments, and what came of each removal: that it was decided is not that it is gone."""
    told, states = [], dict[str, str]()
    for moment in moments:
        before = states.get(moment.subject, "")
        if "state" in moment.facts or moment.what.startswith("location_"):
            states[moment.subject] = str(moment.facts.get("state", moment.what))
        if moment.what == "item_settled":
            told.append(replace(moment, what=_settled(moment, before, removals)))
        elif (before, moment.what) == ("location_removed", "location_found"):
            told.append(replace(moment, what="location_restored"))
        elif moment.what == "location_found":
            told.append(replace(moment, what=found.get(moment.subject, moment.what)))
        else:
            told.append(moment)
    for item_id, removal in removals.items.items():
        told += _untold_steps(f"item:{item_id}", removal.steps, told)
    for hold in removals.holds:
        told += hold.moments
    return sorted(told, key=lambda moment: (moment.at, moment.what not in _FIRST))


def _settled(moment: Moment, before: str, removals: CaseRemovals) -> str:
    """Which words a settled item has: removed by the website's word, or only ordered to be."""
    state = str(moment.facts.get("state", ""))
    if state == Item.State.IN_REVIEW and before == Item.State.REMOVED:
        return "item_failed"
    answered_at = str(moment.facts.get("answered_at") or "")
    if state == Item.State.REMOVED and answered_at and _is_ordered(moment, removals):
        return "item_ordered"
    is_unfound = state == Item.State.KEPT and removals.is_unfound_at(_item_of(moment), answered_at)
    return "item_unfound" if is_unfound else f"item_{state}"


def _is_ordered(moment: Moment, removals: CaseRemovals) -> bool:
    removal = removals.of_item(_item_of(moment))
    return removal.was_ordered or removal.stage == Stage.DECIDED


def _item_of(moment: Moment) -> UUID:
    return UUID(moment.subject.removeprefix("item:"))


def _untold_steps(subject: str, steps: Sequence[Step], told: Sequence[Moment]) -> list[Moment]:
    """Steps of an item that no event tells at the same moment, as that of its address would."""
    whats = {Stage.ORDERED: "item_ordered_again", Stage.DONE: "item_removed"}
    whats[Stage.FAILED] = "item_failed"
    known = {(one.what, one.at) for one in told if one.subject == subject}
    gone = {one.at for one in told if one.what == "location_removed"}
    return [
        Moment(step.at, whats[step.stage], subject, {})
        for step in steps
        if (whats[step.stage], step.at) not in known
        and not (step.stage == Stage.DONE and step.at in gone)
    ]


def _by_laws(moments: Sequence[Moment]) -> list[tuple[Moment, list[str]]]:
    """Each moment with its laws: one notice under several laws is one moment to her."""
    found: list[tuple[Moment, list[str]]] = []
    for moment in moments:
        law = moment.facts.get("regime")
        last = found[-1][0] if found else None
        if law and last and (last.at, last.what) == (moment.at, moment.what):
            found[-1][1].append(law)
        else:
            found.append((moment, [law] if law else []))
    return found


def _tell(
    moment: Moment,
    laws: Sequence[str],
    places: Mapping[str, str],
    names: Mapping[str, str],
    uploads: Mapping[str, str],
) -> Chapter | None:
    key = perhaps(key_of(moment), laws)
    if key not in WHAT:
        return None
    words = {
        "place": places.get(moment.subject) or _("one of your addresses"),
        "item": _item_of_story(moment, names) or _("One of your items"),
        "law": listed(dict.fromkeys(_law(law, moment.what) for law in laws)),
        "why": listed(ground_words(moment.facts.get("grounds", []))),
    }
    more = more_of(key, moment)
    what = str(WHAT[key]) % words
    if upload := uploads.get(decided_again.upload_of(moment)):
        what = f"{what} ({upload})"
    return Chapter(moment.at, what, str(more) % words if more else "", "past")


def _item_of_story(moment: Moment, names: Mapping[str, str]) -> str:
    """The item that a moment is about, or those of the decision that it is about."""
    about = [moment.subject.removeprefix("item:"), *map(str, moment.facts.get("about", ()))]
    return listed([names[pk] for pk in about if pk in names])


def _law(id_: str, what: str) -> str:
    try:
        regime(id_)
        return law_name(id_, is_of_time=what.startswith("clock_"))
    except RecordNotFoundError:
        return _("a law that has changed since")


def _ahead(
    view: PersonView,
    now: datetime,
    removals: CaseRemovals,
    *,
    is_asked: bool,
    copies: NewCopies,
) -> list[Chapter]:
    if view.state in {Case.State.WITHDRAWN, Case.State.CLOSED} or view.is_erased:
        return []
    # What was only threatened waits for nobody until it comes.
    is_threat = view.way == Case.Way.THREATENED
    states = {Item.State.IN_REVIEW} if is_threat else {Item.State.RECEIVED, Item.State.IN_REVIEW}
    waits = [item for item in items_here(view) if item.state in states]
    words = _here(view, removals, is_waiting=bool(waits), is_asked=is_asked, copies=copies)
    here = Chapter(None, words, "", "here")
    ahead = []
    runs = any(clock.state is ClockState.RUNNING for clock in view.clocks)
    if view.due_at and view.due_at > now and runs:
        # When they are told is not when the website must act: no moment is named here.
        told = _(
            "If it is removed, the person who uploaded can be told of it. You are told before, and "
            "until when you can answer. They never get your name from us."
        )
        # While a reviewer thinks that it should stay, nothing about a removal is promised.
        is_new = any(not _may_be_told(view, item) for item in waits)
        more = told if is_new and not is_asked else ""
        ahead.append(Chapter(view.due_at, _last_moment(view), more, "ahead"))
    if view.expires_at:
        ahead.append(
            Chapter(
                view.expires_at,
                _("We stop watching"),
                _("Unless you ask us to go on, or it is uploaded before."),
                "ahead",
            )
        )
    return [here, *ahead]


def _last_moment(view: PersonView) -> str:
    law = law_of_time(view.clocks, view.due_at)
    if law is not None and law.is_start_open:
        return _("Last moment for the website, if this duty is in force already")
    return _("Last moment for the website")


def _may_be_told(view: PersonView, item: ItemRow) -> bool:
    """Whether the uploader was told of it already, or she said that they may be."""
    whats = {"statement_allowed", "uploader_told"}
    told = {one.subject for one in view.moments if one.what in whats}
    return f"item:{item.id}" in told or any(one.startswith("case:") for one in told)


def _here(
    view: PersonView,
    removals: CaseRemovals,
    *,
    is_waiting: bool,
    is_asked: bool,
    copies: NewCopies,
) -> str:
    stages = removals.stages
    if is_asked:
        return _("Please answer, if you do not agree")
    if view.valid_at is None:
        return _("We wait for what is missing")
    if waits_for_upload(view):
        return _of_watch(view)
    if stages - {Stage.DONE}:
        return _of_removals(stages, is_looked_at=decided_again.is_looked_at_again(view, removals))
    if is_waiting or not view.items:
        is_second = is_waiting and _waits_for_second(view, removals)
        return _("A second reviewer looks at it") if is_second else _("A reviewer looks at it")
    return _decided(view, copies)


def _of_watch(view: PersonView) -> str:
    if are_let_go(view.items):
        return _("We do not watch for it any more")
    if any(item.is_let_go for item in view.items):
        return _("If someone uploads a copy of the others, it is held until a reviewer has decided")
    return _("If someone uploads a copy, it is held until a reviewer has decided")


def _waits_for_second(view: PersonView, removals: CaseRemovals) -> bool:
    """Whether of all that waits only a second reviewer has still to decide."""
    open_ = [
        one for one in items_here(view) if one.state in {Item.State.RECEIVED, Item.State.IN_REVIEW}
    ]
    return all(removals.hold_of(one.id, one.state) for one in open_)


def _of_removals(stages: frozenset[Stage], *, is_looked_at: bool) -> str:
    if is_looked_at:
        return _("A reviewer has decided again about what the website did not remove")
    if Stage.FAILED in stages:
        return _("A reviewer looks again at what the website did not remove")
    return _("It is ordered to be removed, and the website has not answered yet")


def _decided(view: PersonView, copies: NewCopies) -> str:
    if _asked_again(view):
        return _("Another reviewer looks at it")
    if all(item.state == Item.State.KEPT for item in items_here(view)):
        return _("There is a decision")
    return {
        NewCopies.STOPPED: _("Copies are stopped when someone uploads them"),
        NewCopies.HELD: _(
            "Copies are held when someone uploads them, until a reviewer has decided"
        ),
        NewCopies.UNKNOWN: _("There is a decision"),
    }[copies]


def _asked_again(view: PersonView) -> bool:
    """Whether she asked for another look and was not answered yet."""
    asked = sum(one.what == "complaint_filed" for one in view.moments)
    told = sum(
        one.what == "complaint_told" and one.facts.get("side") == "notifier" for one in view.moments
    )
    return bool(asked > told)
