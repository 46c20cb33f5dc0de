"""How old each key is, and what there is to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from staydown_web.accounts.models import ApiKey
from staydown_web.actions.models import Endpoint
from staydown_web.audit.services.signers import current_number
from staydown_web.base.rings import file_name, numbers_in
from staydown_web.base.sealing import installation_keys
from staydown_web.replicas.models import Replica


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as it is listed.

    Attributes:
        kind: what it is for.
        name: which of them.
        made_at: when it was made; None where nobody knows.
        state: what is done with it.
        remedy: how it is changed.
    """

    kind: str
    name: str
    made_at: datetime | None
    state: str
    remedy: str

    def days(self, now: datetime) -> int | None:
        """Its age in whole days."""
        return None if self.made_at is None else max(0, (now - self.made_at).days)


_RINGS = (
    ("field", "seals", "staydown keys rotate field"),
    ("blind", "finds equal values", "staydown keys rotate blind, with the service stopped"),
    ("django", "signs sessions", "staydown keys rotate django"),
    ("audit", "signs checkpoints", "staydown keys rotate audit"),
)
_FOLDERS = (
    ("documents", "signing", "staydown keys rotate documents"),
    ("federation", "federation", "staydown keys rotate federation"),
)


def key_lines() -> Iterator[KeyLine]:
    """Every key of this installation and those that programs hold; never a key itself."""
    folder = installation_keys().folder
    for ring, use, remedy in _RINGS:
        yield from _of_ring(folder, ring, use, remedy)
    for kind, name, remedy in _FOLDERS:
        for path in sorted((folder / name).glob("[0-9][0-9][0-9][0-9].key")):
            yield KeyLine(kind, path.stem.lstrip("0"), _made(path), "signs", remedy)
    cases = sum(1 for _ in (folder / "cases").glob("??/*"))
    yield KeyLine("cases", str(cases), None, "one for each case", "they go with their cases")
    yield from _of_programs()


def _of_ring(folder: Path, ring: str, use: str, remedy: str) -> Iterator[KeyLine]:
    numbers = numbers_in(folder, ring)
    newest = current_number() if ring == "audit" else numbers[-1]
    for number in numbers:
        path = folder / file_name(ring, number)
        is_used = number == newest
        is_layer = ring == "blind"
        state = use if is_used else ("an inner layer" if is_layer else "older: still taken")
        change = remedy if is_used or is_layer else f"staydown keys retire {ring}"
        yield KeyLine(ring, str(number), _made(path), state, change)
    for number in numbers_in(folder, ring, ".next"):
        path = folder / file_name(ring, number, ".next")
        yield KeyLine(ring, str(number), _made(path), "comes: a change was cut short", remedy)


def _of_programs() -> Iterator[KeyLine]:
    keys = ApiKey.objects.filter(revoked_at=None).order_by("name", "pk")
    for key in keys:
        made = key.renewed_at or key.created_at
        remedy = f"staydown manage rotate-api-key {key.pk}"
        is_double = key.old_digest != ""
        state = "in use, the old one too" if is_double else "in use"
        yield KeyLine("api", key.name, made, state, remedy)
    for endpoint in Endpoint.objects.order_by("pk"):
        remedy = "page Endpoints: a new secret, a day in which both count"
        yield KeyLine("webhook", str(endpoint.pk), None, "signs messages", remedy)
    for replica in Replica.objects.filter(state=Replica.State.ACTIVE).order_by("pk"):
        remedy = "a new agreement; see edge-replica.md"
        yield KeyLine("replica", str(replica.pk), None, "opens a copy of banks", remedy)


def _made(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except FileNotFoundError:
        return None
