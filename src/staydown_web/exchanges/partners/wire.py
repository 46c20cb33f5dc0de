"""What the engine and the code of each partner say to each other; no sockets and no tables here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Whose list it is. The list of a file or an address is of any other partner."""

    STOPNCII = "stopncii", _("StopNCII")
    NCMEC = "ncmec", _("NCMEC hash sharing")
    THREATEXCHANGE = "threatexchange", _("ThreatExchange")
    TAT = "tat", _("Tech Against Terrorism")
    LIST = "list", _("A list in a file or at an address")


class RecordState(StrEnum):
    """What a partner says of a record now."""

    LISTED = "listed"
    WITHDRAWN = "withdrawn"
    DISPUTED = "disputed"


class FeedbackKind(StrEnum):
    """What a partner can be told about a record.

    SEEN: a copy came up here. BLOCKED: a person confirmed it, and copies are stopped. NOT_BLOCKED:
    a person looked and kept it. DISPUTED: a person here says that it does not belong in the list.
    WITHDRAWN: what we contributed counts no more.
    """

    SEEN = "seen"
    BLOCKED = "blocked"
    NOT_BLOCKED = "not_blocked"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a partner's code has to know: a field of the form, and of the command line.

    Attributes:
        name: key in ``config`` or, for a secret, in ``secrets``.
        label: what people call it.
        is_secret: True for credentials; they are sealed and never shown again.
        help: where to find it, in a sentence; empty where the label says all.
        is_required: False where it may stay empty.
        choices: value and label of each allowed value; empty where any text is.
        default: what stands there at first.
    """

    name: str
    label: str | Promise
    is_secret: bool = False
    help: str | Promise = ""
    is_required: bool = True
    choices: tuple[tuple[str, str | Promise], ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a partner's list, in our words.

    Attributes:
        key: the partner's own stable key of it; as sensitive as a hash, and stored blind.
        state: what the partner says of it now. Tombstones and deletions are WITHDRAWN.
        raws: binary fingerprints (``Fingerprint.to_bytes``) of the signals that we can use; empty
            for withdrawn or unusable ones.
        at: when the partner changed it, aware UTC; None where it does not say. Of two versions of
            one key the later counts, whatever the order in which they arrive.
        left_out: names of signal types that we cannot use.
    """

    key: str
    state: RecordState
    raws: tuple[bytes, ...] = ()
    at: datetime | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What one exchange with the partner brought.

    Attributes:
        records: in the partner's order; a key may come more than once.
        checkpoint: opaque text, enough to go on after this page, in a later process too; at most
            some thousand characters. Empty: from the start.
        has_more: whether another page is there now.
        begins_whole: True on the first page of a pass over the partner's whole list.
        ends_whole: True on the last page of such a pass: whatever no page of the pass held is
            withdrawn. For partners that never say what they took out. Both may be True at once.
    """

    records: tuple[Record, ...]
    checkpoint: str
    has_more: bool
    begins_whole: bool = False
    ends_whole: bool = False


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thing to tell the partner.

    Attributes:
        key: the partner's key of the record; for what we contributed, the key that ``contribute``
            gave.
        what: which.
        raw: binary fingerprint of the record; empty where it is gone from here.
    """

    key: str
    what: FeedbackKind
    raw: bytes


class Partner(Protocol):
    """The code of one partner, opened with one exchange's settings.

    Made by ``partners.open_partner(kind, config, secrets, fetcher)``. Each method is one call, or a
    few, of a bounded length. All of them raise ``ExchangeAuthError`` (credentials refused: somebody
    has to act), ``ExchangePayloadError`` (an answer that cannot be understood, half a page) and
    ``ExchangeUnavailableError`` (later can help; with ``retry_after_s`` where the partner says it).

    Attributes:
        fields: what it needs to know, config and secrets.
        takes_feedback: what it can be told.
        takes_entries: whether it accepts fingerprints of ours.
        signal_types: names of the signal types it can bring that we can use.
    """

    fields: ClassVar[tuple[Field, ...]]
    takes_feedback: ClassVar[frozenset[FeedbackKind]]
    takes_entries: ClassVar[bool]
    signal_types: ClassVar[tuple[str, ...]]

    def fetch(self, checkpoint: str, *, now: datetime) -> Page:
        """The page after a checkpoint; the same checkpoint gives the same page or a newer one."""

    def send(self, feedback: Sequence[Feedback], *, now: datetime) -> None:
        """Tell the partner; all of it is taken, or an error is raised and all comes again."""

    def contribute(self, raws: Sequence[bytes], *, now: datetime) -> tuple[str, ...]:
        """Submit fingerprints; gives the partner's key of each, in their order.

        The same again gives the same keys. Only called where ``takes_entries``.
        """

    def try_out(self) -> None:
        """Prove address and credentials without changing anything."""
