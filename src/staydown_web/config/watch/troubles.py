"""One trouble as everybody reads it: its code, since when, and the words of ``words``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad it is, the worst first."""

    BROKEN = "broken"
    LIMITED = "limited"
    NOTE = "note"


class Part(StrEnum):
    """What of the service a trouble is in, in the order in which people read them."""

    DATABASE = "database"
    WEB = "web"
    BANK = "bank"
    WORKER = "worker"
    MAIL = "mail"
    PLATFORMS = "platforms"
    PARTNERS = "partners"
    DISK = "disk"
    CLOCK = "clock"
    AUDIT = "audit"
    BACKUPS = "backups"


class Effect(StrEnum):
    """What somebody outside feels of it."""

    NOTICES = "notices"
    ANSWERS = "answers"
    LETTERS = "letters"
    COPIES = "copies"
    PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong now.

    Attributes:
        code: stable; ``words.KINDS`` says what it means.
        since: from when on, as far as anybody knows; None where nobody does.
        facts: counts, codes and names of jobs or partners for the words; for staff alone.
    """

    code: str
    since: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found.

    Attributes:
        at: when, aware UTC.
        troubles: what is wrong, the worst first; empty where all is well.
        well: for each part, what is known of it, such as ``free_bytes``.
    """

    at: datetime
    troubles: tuple[Trouble, ...]
    well: Mapping[Part, Mapping[str, Any]]
