"""An address that shows nothing, of which it is known why: what lay there was hidden or removed.

Another notice named it before, and a copy was found there then. A second copy of it cannot be made,
as nothing can be fetched; so the address leads to that copy, and shares what is or was decided of
it. Nobody is told of the other notice: the address is said to be hidden or removed, as hers is.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import transaction

from staydown import MatchKind
from staydown_web.banks.models import Entry
from staydown_web.banks.selectors import living_of
from staydown_web.banks.services import match_entries
from staydown_web.base.errors import FingerprintPlainError, SealError
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.services.clocks import ENDED_CASES
from staydown_web.cases.services.entries import claim_entry
from staydown_web.cases.services.filing import add_link_items
from staydown_web.cases.services.joining import SAME_PICTURE
from staydown_web.cases.services.looking import matched_item, named_item
from staydown_web.cases.services.places import mark_of, seen_url_of
from staydown_web.cases.services.settling import refresh_state, settle_location
from staydown_web.screening.models import Copy
from staydown_web.screening.selectors import hits_of
from staydown_web.screening.services import note_likeness

OUT_OF_SIGHT: Final = (Copy.State.HELD, Copy.State.BLOCKED, Copy.State.REMOVED)
MAY_BE_HIDDEN: Final = (Location.Reason.PAGE, Location.Reason.GONE, Location.Reason.SILENT)
"""What a website answers where something is out of sight; else there is something."""


@transaction.atomic
def tie_known(*, location: Location, now: datetime) -> bool:
    """Let an address at which nothing was found lead to the copy that is known to be out of sight.

    Args:
        location: taken in hand.
        now: the moment, aware UTC.

    Returns:
        False where nothing is known of it, or the case ended meanwhile.
    """
    case = Case.objects.select_for_update().get(pk=location.case_id)
    copy = known_copy(location)
    if copy is None or case.state in ENDED_CASES:
        return False
    item = named_item(location) or matched_item(case, copy) or _like(case, copy, now)
    if item is None:
        item = add_link_items(case=case, count=1, now=now)[0]
    if not item.content_kind:
        item.content_kind = copy.content_kind
        item.save(update_fields=["content_kind"])
    _claim(item, copy, now)
    Location.objects.filter(pk=location.pk).update(copy=copy, item=item)
    location.copy, location.item = copy, item
    settle_location(location=location, state=Location.State.FOUND, now=now)
    refresh_state(case=case)
    return True


def known_copy(location: Location) -> Copy | None:
    """What was last found at an address, in whichever case, where it is out of sight now.

    Cost: two reads by an index; no address is opened but its own.
    """
    try:
        mark = mark_of(seen_url_of(location))
    except SealError:  # nobody can read it: a person hears of it
        return None
    others = Location.objects.filter(
        platform=location.platform_id, copy__isnull=False, url_box__isnull=False
    ).exclude(pk=location.pk)
    found = [
        others.filter(**{column: mark}).select_related("copy").order_by("copy__state_at").last()
        for column in ("url_blind", "media_blind")
    ]
    copies = [place.copy for place in found if place is not None and place.copy is not None]
    last = max(copies, key=lambda copy: copy.state_at, default=None)
    return last if last is not None and last.state in OUT_OF_SIGHT else None


def _like(case: Case, copy: Copy, now: datetime) -> Item | None:
    """The item whose picture is like what the copy was found to be, by what the bank holds of both.

    It came after the copy, so that the copy was never compared with it.
    """
    own = {str(hit.entry_id) for hit in hits_of(copy) if hit.kind in SAME_PICTURE}
    claims = Claim.objects.filter(item__case=case, ended_at=None).exclude(
        item__state=Item.State.WITHDRAWN
    )
    for claim in claims.select_related("item", "entry").order_by("item__position"):
        for living in living_of([claim.entry_id]) if own else ():
            for match in match_entries(living.fingerprint()):
                if match.entry_id in own and match.kind in SAME_PICTURE:
                    note_likeness(copy=copy, entry=claim.entry, match=match, now=now)
                    return claim.item
    return None


def _claim(item: Item, copy: Copy, now: datetime) -> None:
    """What lay there is claimed for her too: what was online is what others pass on."""
    ids = [hit.entry_id for hit in hits_of(copy) if hit.kind == MatchKind.IDENTICAL]
    for living in living_of(ids):
        with suppress(FingerprintPlainError):
            claim_entry(
                item=item,
                fingerprint=living.fingerprint(),
                origin=Entry.Origin.COPY,
                actor="system",
                now=now,
            )
