"""Sites that seem to be one operation are proposed to a person, who says if they are. ADR-0085."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor, record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.escalation.models import Kinship, Mapping, Mark, Site
from staydown_web.escalation.services.kinds import set_site_kind
from staydown_web.escalation.services.kinship_marks import mark_entries
from staydown_web.escalation.services.kinship_rules import KinScore, kin_rules, score_shared

__all__ = ["answer_kinship", "kin_of", "mark_entries", "propose_kin"]

READER: Final = "site_kinship"
_KINDS: Final = ("site_mapped", "site_marked")
_EVENTS: Final = 20
_AT_ONCE: Final = 200


def propose_kin(now: datetime) -> int:
    """Compare sites of which something new was found with all others, some at a time.

    Returns:
        How many events were dealt with.
    """
    news = events_after(reader=READER, kinds=_KINDS, limit=_EVENTS)
    for site in Site.objects.filter(pk__in=_sites_of(news)).order_by("pk"):
        for other_id, found in kin_of(site).items():
            _propose(site, Site.objects.get(pk=other_id), found, now)
    if news:
        move_cursor(reader=READER, seq=news[-1].seq)
    return len(news)


def kin_of(site: Site) -> dict[UUID, KinScore]:
    """Other sites that share enough with a site, by their ids.

    Cost: two reads for every 200 marks; marks that very many sites have are counted, not read.
    """
    of_sites = Site.objects.count()
    shared: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    marks = list(Mark.objects.filter(site=site).values_list("kind", "blind"))
    for at in range(0, len(marks), _AT_ONCE):
        for kind, count, others in _holders(site, marks[at : at + _AT_ONCE]):
            for other_id in others:
                shared[other_id].append((kind, count))
    scores = {pk: score_shared(rows, of_sites=of_sites) for pk, rows in shared.items()}
    return {pk: found for pk, found in scores.items() if found.score >= kin_rules().threshold}


def answer_kinship(*, kinship_id: UUID, is_same: bool, user: User, now: datetime) -> Kinship:
    """Say whether two sites are one operation.

    Nothing is taken over by that alone. Where the older site is handled as one made for such
    pictures, it is asked whether the newer is too: a second person grants it.

    Raises:
        NotAllowedError: the role does not say this.
        RecordConflictError: somebody said it already.
        RecordNotFoundError: no such pair.
    """
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators compare sites")
    kinship = _answer(kinship_id, is_same=is_same, user=user, now=now)
    dedicated = Site.Kind.DEDICATED
    if is_same and kinship.older.kind == dedicated and kinship.newer.kind != dedicated:
        reason = _("It is the same operation as a site made for such pictures.")
        with suppress(RecordConflictError):  # asked already: a second person answers that
            set_site_kind(
                site_id=kinship.newer_id, kind=dedicated, reason=reason, user=user, now=now
            )
    return kinship


@transaction.atomic
def _answer(kinship_id: UUID, *, is_same: bool, user: User, now: datetime) -> Kinship:
    rows = Kinship.objects.filter(pk=kinship_id)
    state = Kinship.State.ACCEPTED if is_same else Kinship.State.REFUSED
    changed = rows.filter(state=Kinship.State.PROPOSED).update(
        state=state, answered_by=user, answered_at=now
    )
    kinship = rows.select_related("older", "newer").first()
    if kinship is None:
        raise RecordNotFoundError("there is no such pair of sites")
    if not changed:
        raise RecordConflictError("somebody has compared these two sites already")
    record_event(
        what="kinship_answered",
        actor=f"user:{user.pk}",
        at=now,
        subject=f"kinship:{kinship_id}",
        facts={"state": state, "older": kinship.older_id, "newer": kinship.newer_id},
    )
    return kinship


@transaction.atomic
def _propose(site: Site, other: Site, found: KinScore, now: datetime) -> None:
    """Propose a pair, or say better why it is proposed; what a person answered stands."""
    older, newer = sorted((site, other), key=lambda one: (one.made_at, str(one.pk)))
    reasons = [list(reason) for reason in found.reasons]
    kinship, is_new = Kinship.objects.get_or_create(
        older=older,
        newer=newer,
        defaults={"score": found.score, "reasons": reasons, "proposed_at": now},
    )
    if not is_new:
        mine = Kinship.objects.filter(pk=kinship.pk, state=Kinship.State.PROPOSED)
        mine.update(score=found.score, reasons=reasons)
        return
    record_event(
        what="kinship_proposed",
        actor="system",
        at=now,
        subject=f"kinship:{kinship.pk}",
        facts={"older": older.pk, "newer": newer.pk, "reasons": dict(found.reasons)},
    )


def _holders(site: Site, marks: Sequence[tuple[str, str]]) -> Iterator[tuple[str, int, list[UUID]]]:
    """Kind, number of sites, and the other sites of each mark that few enough have."""
    rows = Mark.objects.filter(blind__in=[value for _, value in marks])
    counts = rows.order_by().values_list("kind", "blind").annotate(n=Count("pk"))
    few = {(kind, value): n for kind, value, n in counts if 1 < n <= kin_rules().most_sites}
    others: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    same = rows.filter(blind__in=[value for _, value in few]).exclude(site=site)
    for kind, value, site_id in same.values_list("kind", "blind", "site_id"):
        others[kind, value].append(site_id)
    mine = set(marks)
    for key, found in others.items():
        if key in few and key in mine:
            yield key[0], few[key], found


def _sites_of(news: Sequence[Event]) -> set[UUID]:
    """The sites that events are about, by themselves or by their maps."""
    sites: set[UUID] = set()
    maps: set[UUID] = set()
    for event in news:
        kind, _, id_ = event.subject.partition(":")
        (sites if kind == "site" else maps).add(UUID(id_))
    of_maps = Mapping.objects.filter(Q(pk__in=maps)).values_list("site_id", flat=True)
    return sites | set(of_maps)
