"""Before the uploader is told, she is: what her page and her helpline's say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from staydown_web.cases.models import Case
from staydown_web.cases.selectors import items_of, locations_of
from staydown_web.portal.selectors.case_page import item_names
from staydown_web.review.selectors.foretold import foretold_of


@dataclass(frozen=True, slots=True)
class Before:
    """A statement that waits for her.

    Attributes:
        decision_id: of which decision.
        title: that she is told first, with the names of her items.
        until: until when she can answer; once she did, when it goes out at the latest.
        is_hold: it is hidden until a second person has decided; else removed.
        is_answered: she wrote, and no reviewer has dealt with it.
        is_read: a reviewer has read what she wrote, and has not said yet that it goes out.
        is_held: what she writes holds it until a reviewer has read it, without end.
        is_again: the uploader was told of an earlier decision on it.
        decided_at: when it was decided.
        items: names of hers that it is about; empty where none of hers is known.
        where: her addresses where it lay; empty where it lay at none of them.
        is_another: it lay at none, and was uploaded: neither where nor when is said.
    """

    decision_id: UUID
    title: str
    until: datetime
    is_hold: bool
    is_answered: bool
    is_read: bool
    is_held: bool
    is_again: bool
    decided_at: datetime
    items: str
    where: tuple[str, ...]
    is_another: bool


@dataclass(frozen=True, slots=True)
class BeforeBox:
    """Statements about the same of her items, in one box.

    Attributes:
        title: that she is told first.
        parts: each to be answered by itself, the nearest end first.
    """

    title: str
    parts: tuple[Before, ...]

    @property
    def is_several(self) -> bool:
        """Whether more than one decision about it waits for her."""
        return len(self.parts) > 1


def before_boxes(before: Sequence[Before]) -> list[BeforeBox]:
    """Those about the same items together; where none is known, each stands alone."""
    about: dict[str, list[Before]] = {}
    for one in before:
        about.setdefault(one.items or str(one.decision_id), []).append(one)
    return [BeforeBox(_title_of(parts), tuple(parts)) for parts in about.values()]


def said_once(before: Sequence[Before]) -> list[Before]:
    """Of those of which she would read the same, the one that ends first."""
    kinds: dict[tuple[bool, bool], Before] = {}
    for one in before:
        kinds.setdefault((one.is_again, one.is_answered), one)
    return list(kinds.values())


def _title_of(parts: Sequence[Before]) -> str:
    is_again = all(one.is_again for one in parts)
    return _title(parts[0].items, is_again=is_again)


def before_statements(case: Case, now: datetime) -> list[Before]:
    """What she has a say in now, the nearest end first."""
    found = foretold_of(case, now)
    names = item_names(items_of(case)) if found else {}
    urls = {row.id: row.url for row in locations_of(case)} if found else {}
    told = []
    for one in found:
        of_hers = ", ".join(sorted({names[str(pk)] for pk in one.item_ids if str(pk) in names}))
        told.append(
            Before(
                one.decision_id,
                _title(of_hers, is_again=one.is_again),
                one.until,
                one.is_hold,
                one.is_answered,
                one.is_read,
                one.is_held,
                one.is_again,
                one.decided_at,
                of_hers,
                tuple(dict.fromkeys(urls[pk] for pk in one.about.places if urls.get(pk))),
                one.about.upload is not None,
            )
        )
    return told


def _title(items: str, *, is_again: bool) -> str:
    if is_again:
        title = _("%(item)s: you are told of the new decision before the person who uploaded it")
        plain = _("You are told of the new decision before the person who uploaded it")
    else:
        title = _("%(item)s: you are told before the person who uploaded it")
        plain = _("You are told before the person who uploaded it")
    return title % {"item": items} if items else plain
