"""Looking at a reported address: what the platform shows there becomes a copy to be decided on.

The fetching itself is ``tasks``'; here is what is taken in hand, and what is made of the answer.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from staydown.types import Fingerprint
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError, FingerprintPlainError, RecordConflictError
from staydown_web.base.retrying import LOCATION
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.forms import clean_url
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.services.clocks import refresh_clocks
from staydown_web.cases.services.entries import claim_entry, claimed_entry
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.filing import add_link_items
from staydown_web.cases.services.joining import SAME_PICTURE
from staydown_web.cases.services.places import brought_to, mark_of, media_origins_of
from staydown_web.cases.services.settling import refresh_state, settle_location
from staydown_web.screening.models import Copy
from staydown_web.screening.selectors import hits_of
from staydown_web.screening.services import note_entry_of_copy, register_reported_copy

LEASE = timedelta(minutes=10)
"""Longer than a fetch and a fingerprint may take: a worker that dies loses its turn then."""
_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)
_LOOKED_AT = (Location.State.NEW, Location.State.UNREACHABLE)
UNSEEN = (Location.State.NOT_FOUND, Location.State.UNREACHABLE)
"""Nothing could be looked at there."""


def take_location(*, now: datetime) -> Location | None:
    """The next address to look at, taken in hand: no other worker gets it for ten minutes.

    Nothing is fetched for a notice that is not valid.

    Returns:
        None where nothing is due.
    """
    due = (
        Location.objects.filter(
            next_try_at__lte=now, state__in=_LOOKED_AT, case__valid_at__isnull=False
        )
        .exclude(case__state__in=_ENDED)
        .order_by("next_try_at", "id")
    )
    for location in due.select_related("platform", "case")[:20]:
        taken = Location.objects.filter(pk=location.pk, next_try_at=location.next_try_at).update(
            next_try_at=now + LEASE, tries=F("tries") + 1
        )
        if taken:
            location.refresh_from_db()
            return location
    return None


@transaction.atomic
def put_off(*, location: Location, reason: str, now: datetime) -> bool:
    """Note that an address did not answer; it is tried again after a pause, in the end no more.

    Returns:
        Whether it is tried again.
    """
    again = LOCATION.next_try(tries=location.tries, now=now)
    if again is None:
        settle_location(location=location, state=Location.State.UNREACHABLE, reason=reason, now=now)
        return False
    Location.objects.filter(pk=location.pk, state__in=_LOOKED_AT).update(next_try_at=again)
    return True


@transaction.atomic
def take_copy(
    *, location: Location, url: str, fingerprint: Fingerprint, now: datetime
) -> Copy | None:
    """Make what was found at an address a copy of the platform's, and tie it to its item.

    Where it matches nothing that the case reported, it becomes an item of its own: she said that it
    is of her. So does what lies at an address whose picture she gave, and is another. Its
    fingerprint is claimed as a seed either way: the copy that is online is the one that others
    pass on.

    Args:
        location: taken in hand.
        url: the address of the copy, on a media origin of the platform.
        fingerprint: of what is there.
        now: the moment, aware UTC.

    Returns:
        The copy; None where the case ended meanwhile.
    """
    case = Case.objects.select_for_update().get(pk=location.case_id)
    if case.state in _ENDED or location.platform is None:
        return None
    copy = register_reported_copy(
        platform=location.platform, url=url, fingerprint=fingerprint, now=now
    )
    item = named_item(location) or matched_item(case, copy)
    if item is None:
        item = add_link_items(case=case, count=1, now=now)[0]
    if not item.content_kind:
        item.content_kind = str(fingerprint.kind)
        item.save(update_fields=["content_kind"])
    # Too plain to be told from others: the place is found all the same, and a person looks at it.
    with suppress(FingerprintPlainError):
        claim_entry(
            item=item, fingerprint=fingerprint, origin=Entry.Origin.COPY, actor="system", now=now
        )
    entry = claimed_entry(item=item, fingerprint=fingerprint)
    if entry is not None:
        note_entry_of_copy(copy=copy, entry=entry, is_new=entry.created_at >= now, now=now)
    Location.objects.filter(pk=location.pk).update(copy=copy, item=item, media_blind=mark_of(url))
    location.copy, location.item = copy, item
    settle_location(location=location, state=Location.State.FOUND, now=now)
    refresh_state(case=case)
    return copy


@transaction.atomic
def stand_for(*, location: Location, item: Item | None, now: datetime) -> Item:
    """Let an address at which nothing was found stand for an item, by which a person decides it.

    Args:
        location: that stands for none, or for one that was decided elsewhere.
        item: what somebody looks for; None makes one that is known by this address alone.
        now: the moment, aware UTC.

    Returns:
        The item.
    """
    case = Case.objects.select_for_update().get(pk=location.case_id)
    if item is None:
        item = add_link_items(case=case, count=1, now=now)[0]
        refresh_state(case=case)
    Location.objects.filter(pk=location.pk, state__in=UNSEEN).update(item=item)
    location.item = item
    events = Events(case.pk, "system", now)
    refresh_clocks(case=case, now=now, events=events)
    events.record()
    return item


@transaction.atomic
def look_at_media(*, location: Location, url: str, actor: str, now: datetime) -> None:
    """Look where a reviewer saw the picture or video of an address that led to none.

    Args:
        location: at which nothing was found.
        url: of the picture or video, as typed.
        actor: who saw it.
        now: the moment, aware UTC.

    Raises:
        FieldsError: ``url`` is on none of the websites at which the platform keeps media.
        RecordConflictError: it was found meanwhile, or somebody has it looked at.
    """
    try:
        clean = clean_url(url)
    except ValueError:
        raise FieldsError({"url": _("This is not a full address.")}) from None
    origins = media_origins_of(location.platform) if location.platform else []
    allowed = brought_to(clean, origins)
    if allowed is None:
        words = _("The platform does not list this address as one of its own for media.")
        raise FieldsError({"url": words})
    unseen = Location.objects.filter(pk=location.pk, state__in=UNSEEN)
    box = seal_for_case(location.case_id, allowed, context=f"location-media:{location.pk}")
    anew = {"state": Location.State.NEW, "reason": "", "tries": 0, "next_try_at": now}
    if not unseen.update(media_box=box, state_at=now, **anew):
        raise RecordConflictError("this address is looked at, or was found")
    events = Events(location.case_id, actor, now)
    events.add("location_again", f"location:{location.pk}")
    events.record()


def named_item(location: Location) -> Item | None:
    """The item of an address that was given alone. Where its picture is known, likeness tells."""
    item = location.item
    return item if item is not None and item.label_box is None else None


def matched_item(case: Case, copy: Copy) -> Item | None:
    """The item of the case that a copy is one of; None where it is of none."""
    hits = sorted(hits_of(copy), key=lambda hit: hit.score, reverse=True)
    for hit in hits:
        if hit.kind in SAME_PICTURE:
            claim = (
                Claim.objects.filter(item__case=case, entry_id=hit.entry_id, ended_at=None)
                .select_related("item")
                .order_by("item__position")
                .first()
            )
            if claim is not None:
                return claim.item
    return None
