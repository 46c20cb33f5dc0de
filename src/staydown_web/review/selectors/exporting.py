"""Exports of a bank: what was asked, how far it got, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from staydown_web.accounts.models import Approval
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank
from staydown_web.banks.services import EXPORT_APPROVAL
from staydown_web.base.commands import as_called

_MOST = 20


@dataclass(frozen=True, slots=True)
class Export:
    """One request to let a bank leave as a file.

    Attributes:
        approval: the request.
        state: how far it got, of ``Approval.State``; lapsed where its time is over.
        command: what is typed on the server while it is granted; else empty.
        used_at: when the file was made; None where it was not.
        entries: how many entries the file holds.
    """

    approval: Approval
    state: Approval.State
    command: str
    used_at: datetime | None
    entries: int

    @property
    def label(self) -> str:
        """Its state in words."""
        return str(self.state.label)


def exports_of(bank: Bank, now: datetime) -> list[Export]:
    """The latest requests of a bank, newest first; no value of an entry is read."""
    rows = Approval.objects.filter(what=EXPORT_APPROVAL, facts__bank=str(bank.pk))
    asked = list(rows.select_related("asked_by", "answered_by").order_by("-asked_at")[:_MOST])
    made = Event.objects.filter(what="export_made", subject=f"bank:{bank.pk}")
    uses = {event.facts.get("approval"): event for event in made.order_by("seq")}
    return [_export(one, bank, uses.get(str(one.pk)), now) for one in asked]


def _export(approval: Approval, bank: Bank, use: Event | None, now: datetime) -> Export:
    state = Approval.State(approval.state)
    waits = state in (Approval.State.ASKED, Approval.State.GRANTED)
    if waits and approval.expires_at <= now:
        state = Approval.State.LAPSED
    command = ""
    if state == Approval.State.GRANTED:
        # A new name each time: the command never writes over a file.
        target = f"{bank.slug}-{str(approval.pk)[:8]}.sdb"
        options = f"--bank {bank.slug} --approval {approval.pk}"
        command = as_called(f"staydown manage export-bank {target} {options}")
    entries = int(use.facts.get("entries", 0)) if use else 0
    return Export(approval, state, command, use.at if use else None, entries)
