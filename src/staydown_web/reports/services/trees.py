"""The audit under signatures that prove single events: one tree for each stretch of it (ADR-0057).

A checkpoint of the audit proves the whole chain to whoever holds the whole chain. A tree proves one
event to somebody who holds that event alone, without a word of any other case.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from staydown.cli.verify.trees import path_of, root_of
from staydown_web.audit.models import Checkpoint
from staydown_web.audit.services import make_checkpoint
from staydown_web.audit.services.checkpoints import NOTHING_SIGNED
from staydown_web.reports.models import AuditTree, Document
from staydown_web.reports.selectors.audit_trees import leaves_of
from staydown_web.reports.selectors.documents import moment
from staydown_web.reports.services.signing import keep_document

EVERY = timedelta(hours=1)
"""So that an authority is asked for at most 24 timestamps of the audit a day."""
MOST_EVENTS = 1 << 16
"""A tree over so many takes 0.07 s; the next one takes the rest."""


def make_tree(*, now: datetime, is_due: bool = False) -> AuditTree | None:
    """Sign the events since the last tree, up to the newest checkpoint.

    Args:
        now: the moment to record, aware UTC.
        is_due: True signs what is there at once, and makes the checkpoint first.

    Returns:
        The tree, or None where none was due.
    """
    if is_due:
        make_checkpoint(now=now, is_due=True)
    last = AuditTree.objects.select_related("document").order_by("-last").first()
    if last is not None and not is_due and now - last.document.made_at < EVERY:
        return None
    first = last.last + 1 if last else 1
    point = (
        Checkpoint.objects.filter(seq__gte=first, seq__lt=first + MOST_EVENTS)
        .order_by("-seq")
        .first()
    )
    # More events than that between two checkpoints: take them up to the next one, whole.
    point = point or Checkpoint.objects.filter(seq__gte=first).order_by("seq").first()
    return _make(first, point, now) if point else None


@transaction.atomic
def _make(first: int, point: Checkpoint, now: datetime) -> AuditTree | None:
    if AuditTree.objects.filter(first=first).exists():
        return None
    leaves = leaves_of(first, point.seq)
    before = Checkpoint.objects.filter(seq__lt=point.seq).order_by("-seq").first()
    at = point.at.astimezone(UTC).isoformat(timespec="microseconds")
    facts = {
        "first": first,
        "last": point.seq,
        "root": root_of(leaves).hex(),
        "path": [part.hex() for part in path_of(leaves, point.seq - first)],
        "checkpoint": {
            "seq": point.seq,
            "digest": point.digest,
            "at": at,
            "before": before.signature if before else NOTHING_SIGNED,
            "signature": point.signature,
        },
        "checkpointed_at": moment(point.at),
    }
    kept = keep_document(
        kind=Document.Kind.AUDIT_TREE, side=Document.Side.SERVICE, facts=facts, now=now
    )
    return AuditTree.objects.create(first=first, last=point.seq, document=kept)
