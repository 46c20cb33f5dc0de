"""What is looked at before a restored installation counts: the audit, the bank, keys of cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staydown_web.audit.models import Event
from staydown_web.audit.services import Verified, verify_chain
from staydown_web.banks.models import Entry
from staydown_web.banks.services import close_segments, open_segments, save_snapshot
from staydown_web.base.sealing import installation_keys
from staydown_web.cases.models import Case


def audit_trouble(manifest: Mapping[str, Any]) -> tuple[Verified, str]:
    """Prove the whole chain, and that it reaches as far as the backup says.

    Returns:
        What holds, and why it does not, as a sentence; empty where all does.
    """
    found = verify_chain()
    if not found.is_whole:
        return found, f"event {found.first_bad}: {found.why}"
    head = manifest.get("audit", {})
    if not head.get("seq"):
        return found, ""
    digest = Event.objects.filter(pk=head["seq"]).values_list("digest", flat=True).first()
    if digest != head.get("digest"):
        return found, "it is not the chain of which the backup was made"
    return found, ""


def bank_published() -> int:
    """Make the bank that matches anew and seal it on disk; gives how many entries it knows of."""
    open_segments()
    save_snapshot(is_due=True)
    close_segments()
    return Entry.objects.exclude(state=Entry.State.WITHDRAWN).count()


def cases_without_key() -> tuple[int, int]:
    """How many cases there are, and how many of them nobody can read any more."""
    folder = installation_keys().folder / "cases"
    held = {path.name for path in folder.glob("*/*")}
    ids = [pk.hex for pk in Case.objects.filter(erased_at=None).values_list("pk", flat=True)]
    return len(ids), sum(name not in held for name in ids)
