"""Lists of entries for reviewers, by bank, state, source and list; never a hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from staydown_web.banks.models import Entry, Import
from staydown_web.review.selectors.banks import waves

PAGE = 50
QUARANTINED, WAVE = "quarantined", "wave"
_MOST_LISTS = 100


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are listed; an empty value lists all.

    Attributes:
        bank: slug of a bank.
        state: of ``Entry.State``, or ``QUARANTINED`` or ``WAVE``.
        origin: of ``Entry.Origin``.
        batch: id of the list that they came with, or None.
    """

    bank: str = ""
    state: str = ""
    origin: str = ""
    batch: UUID | None = None

    @property
    def query(self) -> str:
        """The filter as the beginning of a query, for the links to other pages."""
        pairs = {"bank": self.bank, "state": self.state, "origin": self.origin}
        pairs["batch"] = str(self.batch or "")
        chosen = {name: value for name, value in pairs.items() if value}
        return urlencode(chosen) + "&" if chosen else ""


def states_in_words() -> list[tuple[str, str]]:
    """The states by which a list is narrowed, in words."""
    # As the chip of an entry says it.
    words = {**dict(Entry.State.choices), Entry.State.DISPUTED: _("In doubt")}
    special = [(QUARANTINED, _("Seed, in quarantine")), (WAVE, _("Suddenly matches very much"))]
    return [*((value, str(label)) for value, label in words.items()), *special]


def lists_in_words(bank: str = "") -> list[tuple[str, str]]:
    """The latest lists that came in, newest first: id, and bank, day and count in words."""
    rows = Import.objects.select_related("bank").order_by("-started_at")
    if bank:
        rows = rows.filter(bank__slug=bank)
    words = _("%(bank)s, %(day)s, %(n)s entries")
    return [
        (
            str(one.pk),
            words % {"bank": one.bank.name, "day": f"{one.started_at:%Y-%m-%d}", "n": one.count},
        )
        for one in rows[:_MOST_LISTS]
    ]


def entries_like(wanted: EntryFilter) -> QuerySet[Entry]:
    """Entries that a filter lets through, newest first."""
    given: dict[str, Any] = {"bank__slug": wanted.bank, "origin": wanted.origin}
    given["batch"] = wanted.batch
    entries = Entry.objects.filter(**{name: value for name, value in given.items() if value})
    match wanted.state:
        case "":
            pass
        case "quarantined":
            entries = entries.filter(quarantined_at__isnull=False, state=Entry.State.SEED)
        case "wave":
            entries = entries.filter(pk__in=waves().order_by().values("entry"))
        case state:
            entries = entries.filter(state=state)
    return entries.select_related("bank").order_by("-created_at", "pk")


def entries_page(wanted: EntryFilter, at: str) -> Page[Entry]:
    """One page of them.

    Cost: a pass over the entries that the filter lets through; their sealed values stay unread.

    Args:
        wanted: which.
        at: number of the page, as typed; anything else gives the nearest there is.
    """
    entries = entries_like(wanted).defer("box")
    return Paginator(entries, PAGE).get_page(at)
