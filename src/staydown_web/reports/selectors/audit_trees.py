"""Proofs that events stand in the signed audit (ADR-0057)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from staydown.cli.verify.trees import paths_of
from staydown_web.audit.models import Event
from staydown_web.audit.services.signers import signers
from staydown_web.reports.models import AuditTree
from staydown_web.reports.selectors.documents import whole_of


def proofs_of(events: Sequence[Event]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The signed trees that hold some events, and the proof of each event in its tree.

    Args:
        events: in their order; those that no tree holds yet are left out.

    Returns:
        The documents of the trees, and for each event its number, digest, path and the place of
        its tree in that list.
    """
    heads: list[dict[str, Any]] = []
    proofs: list[dict[str, Any]] = []
    waiting = list(events)
    while waiting:
        seq = waiting[0].seq
        tree = (
            AuditTree.objects.select_related("document")
            .filter(first__lte=seq, last__gte=seq)
            .first()
        )
        if tree is None:
            break
        leaves = leaves_of(tree.first, tree.last)
        held = [event for event in waiting if event.seq <= tree.last]
        paths = paths_of(leaves, [event.seq - tree.first for event in held])
        for event, path in zip(held, paths, strict=True):
            way = [part.hex() for part in path]
            proofs.append(
                {"seq": event.seq, "digest": event.digest, "head": len(heads), "path": way}
            )
        heads.append(whole_of(tree.document))
        waiting = waiting[len(held) :]
    return heads, proofs


def fields_of(event: Event) -> list[Any]:
    """The eight fields of an event in the form under its digest. Source: ADR-0036."""
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    case_id = str(event.case_id or "")
    return [
        event.seq,
        at,
        event.what,
        event.actor,
        case_id,
        event.subject,
        event.facts,
        event.previous,
    ]


def audit_keys() -> list[str]:
    """The public keys of the audit's checkpoints, the newest first; 32 bytes each in base64."""
    known, _unstated = signers()
    return [base64.b64encode(key.public_bytes_raw()).decode() for key in reversed(known.every())]


def leaves_of(first: int, last: int) -> list[bytes]:
    """Digests of the events of a stretch, both ends included; 32 bytes each."""
    digests = Event.objects.filter(seq__gte=first, seq__lte=last).order_by("seq")
    return [bytes.fromhex(digest) for digest in digests.values_list("digest", flat=True)]
