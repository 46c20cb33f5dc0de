"""The first line of the page of a case and the sentence under it: what matters most to her now."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.actions.selectors import CaseRemovals, Stage
from staydown_web.base.wording import listed
from staydown_web.cases.models import Case, Item, Location, Message
from staydown_web.cases.selectors import ClockState, PersonView, are_let_go, waits_for_upload
from staydown_web.portal.selectors.addresses import hidden_words, items_here
from staydown_web.portal.selectors.case_page import Place
from staydown_web.portal.selectors.complaints import Asked
from staydown_web.portal.selectors.decided_again import is_looked_at_again
from staydown_web.portal.selectors.limits import waits_for_her
from staydown_web.portal.selectors.watching import NewCopies
from staydown_web.regimes.selectors import is_sure, regimes

_WAITS = frozenset({Stage.DECIDED, Stage.ORDERED})


def headline(
    view: PersonView,
    places: Sequence[Place],
    *,
    removals: CaseRemovals,
    is_asked: bool = False,
    again: Sequence[Asked] = (),
    elsewhere: tuple[str, str] | None = None,
    is_reached: bool = False,
    is_foretold: bool = False,
    copies: NewCopies = NewCopies.STOPPED,
    are_held: bool = False,
) -> tuple[str, str]:
    """What stands first.

    Args:
        view: what the page shows.
        places: of ``places_of``.
        removals: what came of what was to be removed.
        is_asked: she can answer before a decision against her is carried out.
        again: decisions against her, each with her complaint.
        elsewhere: what stands there where all her links are on sites that do not work with us.
        is_reached: news reach an address that she confirmed.
        is_foretold: she can say something before the uploader is told.
        copies: what becomes of new copies of what was removed.
        are_held: copies of it are held back, and nobody has decided about them.
    """
    if view.state == Case.State.WITHDRAWN:
        return _("You took back your request"), _(
            "What was removed stays removed, unless a website puts it back. A removal that was "
            "ordered before goes on; if the website does not carry it out, it may stay online. You "
            "can send a new notice at any time."
        )
    if view.is_erased or view.state == Case.State.CLOSED:
        return _("This case has ended"), _("You can send a new notice at any time.")
    return (
        _of_her_turn(view, places, is_asked=is_asked, elsewhere=elsewhere)
        or _of_refusal(view, again, removals)
        or _of_breach(view)
        or _of_failure(view, removals)
        or _of_all_removed(view, places, copies, are_held=are_held)
        or _of_places(view, places, is_reached=is_reached, is_foretold=is_foretold)
    )


def is_written_to(view: PersonView) -> bool:
    """Whether the reviewer wrote last, so that it is hers to answer."""
    return bool(view.messages) and view.messages[-1].sender == Message.Sender.STAFF


def _of_her_turn(
    view: PersonView,
    places: Sequence[Place],
    *,
    is_asked: bool,
    elsewhere: tuple[str, str] | None,
) -> tuple[str, str] | None:
    if is_asked:
        return _("Please answer, if you do not agree"), _(
            "A reviewer has decided something. You can answer before it is carried out."
        )
    if waits_for_her(view.clocks):
        return _("Please answer the reviewer"), _(
            "The reviewer asked you something. Answer on this page, and the time goes on."
        )
    if view.valid_at is None:
        missing = _(
            "Your notice is with us. The time limit starts when it is complete. Below you see what "
            "is missing and how to add it."
        )
        return elsewhere or (_("Something is still missing"), missing)
    if waits_for_upload(view):
        return _of_watch(view)
    if any(place.needs_address for place in places):
        return _("One of your addresses leads to a page"), _(
            "A reviewer looks at it. You can help with the address of the picture itself. Below "
            "you see how."
        )
    return None


def _of_watch(view: PersonView) -> tuple[str, str]:
    """What was threatened is waited for, but for what we may not hold a fingerprint of."""
    if are_let_go(view.items):
        return _("We do not watch for it any more"), _(
            "Its fingerprint had to be deleted. If someone uploads a copy, it is not held for you. "
            "Below you see why, and where you can turn to."
        )
    if any(item.is_let_go for item in view.items):
        return _("We watch for your other pictures"), _(
            "If someone uploads a copy of them, it is held until a person has decided. For a part "
            "of what you sent nothing is held any more. Below you see why, and where you can turn "
            "to."
        )
    return _("We watch for your pictures"), _(
        "If someone uploads a copy, it is held until a person has decided. You do not need to do "
        "anything now."
    )


def _of_refusal(
    view: PersonView, again: Sequence[Asked], removals: CaseRemovals
) -> tuple[str, str] | None:
    """Nothing of hers was removed, or it is shown again."""
    if {item.state for item in items_here(view)} != {Item.State.KEPT}:
        return None
    if any(one.is_waiting for one in again):
        return _("Another reviewer looks at it"), _(
            "You asked for another look. Another reviewer will answer on this page."
        )
    if all(removals.of_item(item.id).is_unfound for item in items_here(view)):
        return _("Nothing of what you reported was found"), _of_again(again)
    was_down = any(removal.was_down for removal in removals.items.values())
    was_down = was_down or any(one.is_let_go and one.places for one in removals.holds)
    title = _("It may be shown again") if was_down else _("It was not removed")
    return (_("It is shown again") if _is_there_again(view, removals) else title), _of_again(again)


def _is_there_again(view: PersonView, removals: CaseRemovals) -> bool:
    """Whether all that was removed or hidden at her addresses was put back."""
    removed = {one.subject for one in view.moments if one.what == "location_removed"}
    rows = [row for row in view.locations if f"location:{row.id}" in removed]
    back = [row.state == Location.State.FOUND for row in rows]
    back += [bool(one.shown_at) for one in removals.holds if one.is_let_go and one.places]
    return bool(back) and all(back)


def _of_again(again: Sequence[Asked]) -> str:
    if any(one.is_open for one in again):
        return _("If you do not agree, you can ask for another look on this page.")
    if any(one.settled_at for one in again):
        return _("Another reviewer has decided.")
    return _("Below you see it for each of your items.")


def _of_breach(view: PersonView) -> tuple[str, str] | None:
    over = [clock.regime for clock in view.clocks if clock.state is ClockState.OVER]
    if not over:
        return None
    title = _("The time limit is over") if is_sure(over) else _("A time limit may be over")
    return title, _("Below you see what you can do next.")


def _of_failure(view: PersonView, removals: CaseRemovals) -> tuple[str, str] | None:
    """It was to be removed, and the website did not do it, or has not said yet that it did."""
    if is_looked_at_again(view, removals):
        return _("It is not removed yet"), _(
            "The website did not carry it out, so it may still be online. A reviewer has decided "
            "again. If you know more about it, you can write to the reviewer on this page."
        )
    if Stage.FAILED in removals.stages:
        return _("It is not removed yet"), _(
            "The website did not carry it out, so it may still be online. A reviewer looks at it "
            "again. If you know more about it, you can write to the reviewer on this page."
        )
    if removals.stages & _WAITS:
        if _is_hidden(view, removals):
            calm = _("You do not need to do anything now.")
            return _("It is ordered to be removed"), f"{hidden_words()} {calm}"
        return _("It is ordered to be removed"), _(
            "The website has not answered yet, so it may still be online. You do not need to do "
            "anything now."
        )
    return None


def _is_hidden(view: PersonView, removals: CaseRemovals) -> bool:
    """Whether the website has hidden all that it has still to remove, as far as she named it."""
    going = {pk for pk, one in removals.items.items() if one.stage in _WAITS}
    named = {row.item_id for row in view.locations}
    return removals.are_hidden(view.locations) and (len(going) == 1 or going <= named)


def _of_all_removed(
    view: PersonView, places: Sequence[Place], copies: NewCopies, *, are_held: bool
) -> tuple[str, str] | None:
    """All that she named was removed; copies elsewhere may wait for a reviewer."""
    here = [place.state for place in places if place.state != Location.State.ELSEWHERE]
    open_ = {Item.State.RECEIVED, Item.State.IN_REVIEW, Item.State.KEPT}
    if set(here) != {Location.State.REMOVED} or open_ & {item.state for item in items_here(view)}:
        return None
    if not are_held:
        return _("It was removed"), _removed(copies)
    held = _("Some copies are held back, and no reviewer has decided about them yet.")
    return _("It was removed where you reported it"), f"{_removed(copies)} {held}"


def _of_places(
    view: PersonView, places: Sequence[Place], *, is_reached: bool, is_foretold: bool
) -> tuple[str, str]:
    here = [place for place in places if place.state != Location.State.ELSEWHERE]
    removed = sum(place.state == Location.State.REMOVED for place in here)
    states = {item.state for item in items_here(view)}
    is_partly = any(place.is_partly for place in here) or (here and removed == len(here))
    if (
        is_partly
        and removed in {0, len(here)}
        and states & {Item.State.RECEIVED, Item.State.IN_REVIEW}
    ):
        return _("A part of it was removed"), _calm(view, is_foretold=is_foretold)
    if removed and removed < len(here):
        words = ngettext(
            "%(n)d of %(all)d websites has removed it",
            "%(n)d of %(all)d websites have removed it",
            removed,
        )
        return words % {"n": removed, "all": len(here)}, _calm(view, is_foretold=is_foretold)
    if removed or (states and states <= {Item.State.REMOVED, Item.State.KEPT}):
        return _("There is a decision"), _("Below you see it for each of your items.")
    calm = _calm(view, is_waiting=True, is_reached=is_reached, is_foretold=is_foretold)
    if not _is_in_part(view):
        return _("Your notice is complete"), calm
    if is_written_to(view) or is_foretold:
        return _of_part(view)[0], calm
    return _of_part(view)


def _is_in_part(view: PersonView) -> bool:
    """Whether it is complete under some of its rules, and under others something is missing."""
    return any(one.valid_at for one in view.notices) and any(
        one.valid_at is None and one.missing for one in view.notices
    )


def _of_part(view: PersonView) -> tuple[str, str]:
    known = regimes()
    valid = [one.regime for one in view.notices if one.valid_at]
    laws = listed(_(known[id_].short_title) for id_ in valid if id_ in known)
    title = ngettext(
        "Your notice is complete under 1 of %(all)d rules",
        "Your notice is complete under %(valid)d of %(all)d rules",
        len(valid),
    )
    lead = _(
        "It counts already under: %(laws)s. If you want it to count under the other rules too, you "
        "can still add what is missing. Below you see how."
    )
    counts = {"valid": len(valid), "all": len(view.notices)}
    return title % counts, lead % {"laws": laws}


def _removed(copies: NewCopies) -> str:
    return {
        NewCopies.STOPPED: _(
            "It is removed at all your addresses on websites that take part here. New copies are "
            "stopped at upload."
        ),
        NewCopies.HELD: _(
            "It is removed at all your addresses on websites that take part here. New copies are "
            "held until a person has decided."
        ),
        NewCopies.UNKNOWN: _(
            "It is removed at all your addresses on websites that take part here."
        ),
    }[copies]


def _calm(
    view: PersonView,
    *,
    is_waiting: bool = False,
    is_reached: bool = False,
    is_foretold: bool = False,
) -> str:
    if is_written_to(view):
        return _("The reviewer wrote to you. You can read it and answer on this page.")
    if is_foretold:
        return _("Please read below what happens next.")
    if not is_waiting:
        return _("You do not need to do anything now.")
    if not is_reached:
        return _("You do not need to do anything now. Look at this page from time to time.")
    return _(
        "You do not need to do anything now. You get a letter when there is news, or look at this "
        "page from time to time."
    )
