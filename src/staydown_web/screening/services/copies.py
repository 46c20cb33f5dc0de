"""Copies on platforms: those that notices point at, and what becomes of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from staydown import Evidence, Fingerprint, Match, MatchKind, SignalType
from staydown.types import SAME_BYTES, judging
from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Entry, Response
from staydown_web.banks.services import match_entries, touch_after_commit
from staydown_web.base.ids import new_id
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import blind, lasting_name, seal
from staydown_web.screening.models import OWN_REASON, Copy, Hit
from staydown_web.screening.services.judging import judge, verdict_of

MOST_REF = 200
COMPARED = "The picture was given after this copy was found, and is like it."
KEEP_HELD_ADDRESS = keeps("held_address")
"""A platform that has not answered an order by then will not. Source: ADR-0045."""

_ORDERED_WITHIN = timedelta(hours=1)
"""Within seconds a worker that runs has made the order that shows again what was hidden."""
KEEP_REMOVED_ADDRESS = keeps("removed_address")
"""Its uploader may complain, and a platform brings back by the address. Source: ADR-0045."""


def content_group(fingerprint: Fingerprint) -> str:
    """A blind digest of the exact bytes; of all signals where no digest of the bytes came along."""
    sha256 = fingerprint.get(SignalType.SHA256)
    return blind(sha256.raw if sha256 else fingerprint.to_bytes(), purpose="content")


def account_key(platform_id: UUID) -> bytes:
    """The key of the accounts of one platform, which may be told to the platform itself alone."""
    return bytes.fromhex(lasting_name(str(platform_id).encode(), purpose="account"))


def account_blind(platform_id: UUID, account: str) -> str:
    """By which uploads of one account are told from others; empty for no account."""
    return judging.account_digest(account_key(platform_id), account) if account else ""


def url_context(copy_id: UUID) -> str:
    """What the sealed address of a copy is bound to."""
    return f"copy:{copy_id}"


@transaction.atomic
def register_reported_copy(
    *,
    platform: Platform,
    url: str,
    fingerprint: Fingerprint,
    content_ref: str = "",
    now: datetime,
) -> Copy:
    """Note a copy that a notice points at, with what it matches.

    The platform was told nothing yet, so it is only seen; the verdict says what the bank asks for.

    Returns:
        The copy, stored, whether it matches anything or not.
    """
    judged = judge(match_entries(fingerprint), account="", sees_details=True, now=now)
    made_id = new_id()
    copy = Copy.objects.create(
        id=made_id,
        platform=platform,
        source=Copy.Source.NOTICE,
        state=Copy.State.SEEN,
        verdict=verdict_of(judged),
        group=content_group(fingerprint),
        content_ref=content_ref[:MOST_REF],
        url_box=seal(url.encode(), context=url_context(made_id)) if url else None,
        content_kind=str(fingerprint.kind),
        seen_at=now,
        state_at=now,
    )
    Hit.objects.bulk_create(
        [
            Hit(
                copy=copy,
                entry_id=j.facts.entry_id,
                kind=str(j.match.kind),
                score=j.match.score,
                response=j.response,
                evidence=j.match.evidence.to_dict(),
                at=now,
            )
            for j in judged
        ]
    )
    return copy


def note_entry_of_copy(*, copy: Copy, entry: Entry, is_new: bool, now: datetime) -> None:
    """Tie a reported copy to the entry that holds its fingerprint, so that both share a decision.

    Args:
        copy: as ``register_reported_copy`` made it.
        entry: of the same bytes.
        is_new: the entry was made of this copy; else it was there before.
        now: the moment, aware UTC.
    """
    reason = OWN_REASON if is_new else SAME_BYTES
    match = Match(str(entry.pk), MatchKind.IDENTICAL, 1.0, Evidence(reason=reason))
    _note_hit(copy, entry, match, now)


def note_likeness(*, copy: Copy, entry: Entry, match: Match, now: datetime) -> None:
    """Tie a reported copy to an entry that came after it and is like it.

    Args:
        copy: as ``register_reported_copy`` made it.
        entry: of the other fingerprint.
        match: of that fingerprint with the entry of the copy: the other way round, so that what
            lies where is left out.
        now: the moment, aware UTC.
    """
    seen = match.evidence
    evidence = Evidence(reason=COMPARED, distance=seen.distance, points=seen.points)
    _note_hit(copy, entry, Match(str(entry.pk), match.kind, match.score, evidence), now)


def _note_hit(copy: Copy, entry: Entry, match: Match, now: datetime) -> None:
    judged = judge([match], account="", sees_details=True, now=now)
    Hit.objects.get_or_create(
        copy=copy,
        entry=entry,
        defaults={
            "kind": str(match.kind),
            "score": match.score,
            "response": judged[0].response if judged else Response.LOG,
            "evidence": match.evidence.to_dict(),
            "at": now,
        },
    )


def forget_addresses(*, copy_ids: Sequence[UUID], now: datetime, with_removed: bool = False) -> int:
    """Forget where copies are that a notice alone made known; uploads and finds are the platform's.

    One that is held keeps its address: an order about it is still to come, and the platform finds
    the copy by nothing else. It is forgotten when the platform has answered, or after 30 days. So
    does one that is to be shown again, as after an undo. One that was removed keeps it while its
    uploader may complain and be answered.

    Args:
        copy_ids: of copies that no living case names; others keep their address with their source.
        now: the moment, aware UTC.
        with_removed: nobody may bring them back by a complaint: also of what was removed.

    Returns:
        How many were forgotten.
    """
    known = Copy.objects.filter(pk__in=copy_ids, source=Copy.Source.NOTICE, url_box__isnull=False)
    is_held = Q(state=Copy.State.HELD, state_at__gt=now - KEEP_HELD_ADDRESS)
    if not with_removed:
        since = now - KEEP_REMOVED_ADDRESS
        known = known.exclude(state=Copy.State.REMOVED, state_at__gt=since)
        # Uploaders are told days or weeks later, and their time begins then: ADR-0108.
        known = known.exclude(state=Copy.State.REMOVED, statements__made_at__gt=since)
    return known.exclude(is_held).exclude(pk__in=_ordered(now).values("pk")).update(url_box=None)


def _ordered(now: datetime) -> QuerySet[Copy]:
    """Copies of which an order waits, or is to be made: one that was hidden is shown again."""
    waiting = Q(orders__state="waiting", orders__made_at__gt=now - KEEP_HELD_ADDRESS)
    in_sight = (Copy.State.SEEN, Copy.State.RESTORED)
    shown = Q(orders__what="hold", state__in=in_sight, state_at__gt=now - _ORDERED_WITHIN)
    return Copy.objects.filter(waiting | shown)


@transaction.atomic
def mark_copies(*, copy_ids: Sequence[UUID], state: Copy.State, now: datetime) -> int:
    """Say what holds for copies on their platform now.

    A copy that is no longer there stays so.

    Returns:
        How many changed.
    """
    changed = (
        Copy.objects.filter(pk__in=copy_ids)
        .exclude(state__in=(state, Copy.State.GONE))
        .update(state=state, state_at=now)
    )
    if changed:
        touch_after_commit()
    return changed
