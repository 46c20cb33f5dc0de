"""Forgetting: a case's own key is destroyed, so that the database and its backups forget too."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from staydown_web.base.keys import erase_case_key
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import installation_keys
from staydown_web.cases.models import Case, Claim, Client, Item, Letter, Location
from staydown_web.cases.services.accesses import end_helplines
from staydown_web.cases.services.clocks import refresh_clocks
from staydown_web.cases.services.entries import end_claims
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.veiling import KEEP_PHRASE, forget_taken_back
from staydown_web.screening.models import Copy
from staydown_web.screening.services import forget_addresses

KEEP_DECIDED = keeps("case")
"""Six months in which the uploader may challenge a removal, DSA Article 20. Source: ADR-0028."""
KEEP_INCOMPLETE = keeps("incomplete_notice")
"""A notice that nobody completed. Source: ADR-0028."""
_ORPHAN_AFTER = timedelta(hours=1)
"""A key is older than this and still has no case: its filing failed with its process."""
REASON = "minor"
"""Of an entry that went because of what its picture may show, and of one that agrees with such a
picture in part; in its history."""
_KEY_NAME = re.compile(r"[0-9a-f]{32}")
_DECIDED = (Case.State.DECIDED, Case.State.CLOSED)
_NO_ADDRESS = {"url_box": None, "media_box": None, "url_blind": "", "media_blind": ""}


def due_for_erasure(now: datetime) -> QuerySet[Case]:
    """Cases whose time is over, see ADR-0028; oldest first."""
    is_old = (
        Q(state__in=_DECIDED, touched_at__lte=now - KEEP_DECIDED)
        | Q(state=Case.State.NEEDS_INFORMATION, touched_at__lte=now - KEEP_INCOMPLETE)
        | Q(
            state=Case.State.WITHDRAWN,
            closed_at__lte=now - KEEP_DECIDED,
            touched_at__lte=now - KEEP_DECIDED,
        )
    )
    return Case.objects.filter(is_old, erased_at__isnull=True).order_by("filed_at")


def keep_from_now(*, case_ids: Collection[UUID], now: datetime) -> None:
    """The uploader was told: as long as they can complain, what a reviewer needs then stays."""
    Case.objects.filter(pk__in=case_ids, erased_at__isnull=True).update(touched_at=now)


@transaction.atomic
def erase_case(*, case: Case, now: datetime, actor: str = "system") -> None:
    """Forget what a person wrote: the key goes, with all that it sealed.

    Claims on what a reviewer confirmed or removed stay: it keeps blocking, and her number and words
    still let her take it back. The others end. The key's file goes as soon as the transaction is
    durable.
    """
    # Before any event: rows of entries are locked before the chain, as wherever claims end.
    end_claims(claims=_unconfirmed(case), actor=actor, now=now, reason="expired")
    events = Events(case.pk, actor, now)
    Case.objects.filter(pk=case.pk).exclude(state=Case.State.WITHDRAWN).update(
        state=Case.State.CLOSED, closed_at=now
    )
    case.refresh_from_db()
    refresh_clocks(case=case, now=now, events=events)
    _forget_places(case, now)
    end_helplines(case=case, now=now, events=events)
    _empty(case, keeps_notices=False)
    _drop_key(case, now, events)
    events.record()
    case.refresh_from_db()


def _unconfirmed(case: Case) -> list[Claim]:
    """Claims of items that nobody removed, on entries that no reviewer ever confirmed."""
    living = Claim.objects.filter(item__case=case, ended_at=None, entry__confirmed_at=None)
    return list(living.exclude(item__state=Item.State.REMOVED))


def erase_withdrawn(*, case: Case, keeps_notices: bool, now: datetime, events: Events) -> None:
    """Forget a case that was taken back, but for the signed notice where a removal rests on it."""
    _forget_places(case, now)
    end_helplines(case=case, now=now, events=events)
    _empty(case, keeps_notices=keeps_notices)
    if not keeps_notices:
        _drop_key(case, now, events)


@transaction.atomic
def erase_needless(*, case: Case, now: datetime, actor: str) -> None:
    """Forget the signed notice of a case that was taken back: no removal rests on it any more."""
    events = Events(case.pk, actor, now)
    erase_withdrawn(case=case, keeps_notices=False, now=now, events=events)
    events.record()


def erase_for_minor(*, case: Case, now: datetime, events: Events) -> None:
    """Nothing that a case holds stays: its places, notices, contacts and messages go as rows.

    A copy that a person has still to look at keeps its address, which is all that says where it is.
    """
    _forget_places(case, now, is_minors=True)
    end_helplines(case=case, now=now, events=events)
    case.locations.all().delete()
    case.notices.all().delete()
    case.contacts.all().delete()
    case.messages.all().delete()
    _empty(case, keeps_notices=False)
    _drop_key(case, now, events)


def forget_left_addresses(now: datetime) -> int:
    """Forget where copies are that no living case names any more, once nothing is asked of them.

    Returns:
        How many.
    """
    marked = ~Q(url_blind="") | ~Q(media_blind="")
    Location.objects.filter(marked, url_box__isnull=True).update(**_NO_ADDRESS)
    known = Copy.objects.filter(source=Copy.Source.NOTICE, url_box__isnull=False)
    # A copy is named in the transaction that makes it, so one without a place has lost it.
    left = known.exclude(pk__in=_living_places().values("copy_id"))
    left = left.exclude(pk__in=_still_looked_at().values("pk"))
    ids = list(left.values_list("pk", flat=True))
    # What a case closed for a minor named has lost its places: nobody may bring that back.
    named = set(Location.objects.filter(copy__in=ids).values_list("copy_id", flat=True))
    unnamed = [copy_id for copy_id in ids if copy_id not in named]
    forgotten = forget_addresses(copy_ids=unnamed, now=now, with_removed=True)
    return forgotten + forget_addresses(copy_ids=sorted(named), now=now)


def _forget_places(case: Case, now: datetime, *, is_minors: bool = False) -> None:
    """Copies that only this case named lose their addresses with it."""
    mine = set(case.locations.filter(copy__isnull=False).values_list("copy_id", flat=True))
    others = _living_places().filter(copy_id__in=mine).exclude(case=case)
    named = set(others.values_list("copy_id", flat=True))
    named |= set(_still_looked_at().filter(pk__in=mine).values_list("pk", flat=True))
    forget_addresses(copy_ids=sorted(mine - named), now=now, with_removed=is_minors)


def _still_looked_at() -> QuerySet[Copy]:
    """Copies in a task that waits, of a case that was closed for a minor, or like what was."""
    of_case = Q(tasks__case__closed_for=Case.ClosedFor.MINOR)
    marked = Q(hits__entry__changes__reason=REASON)
    return Copy.objects.filter(of_case | marked, tasks__state__in=("open", "second"))


def _living_places() -> QuerySet[Location]:
    living = Case.objects.filter(erased_at__isnull=True).exclude(
        state__in=(Case.State.WITHDRAWN, Case.State.CLOSED)
    )
    return Location.objects.filter(copy__isnull=False, case__in=living)


def forget_phrases(now: datetime) -> int:
    """Forget the words of cases that hold nothing and claim nothing any more, or were taken back.

    Returns:
        How many.
    """
    empty = (
        Case.objects.filter(erased_at__lte=now - KEEP_PHRASE, closed_at__lte=now - KEEP_PHRASE)
        .exclude(phrase_hash="", veiled_phrase_hash="")
        .exclude(state=Case.State.WITHDRAWN)
        .exclude(items__claims__ended_at__isnull=True, items__claims__isnull=False)
    )
    ids = list(empty.values_list("pk", flat=True))
    forgotten = Case.objects.filter(pk__in=ids).update(phrase_hash="", veiled_phrase_hash="")
    return forgotten + forget_taken_back(now)


def erase_left_keys(now: datetime) -> int:
    """Delete keys without a case, or of an erased one: a process died between two steps.

    Returns:
        How many.
    """
    folder = installation_keys().folder
    cases = dict(Case.objects.values_list("pk", "erased_at"))
    cases |= dict(Client.objects.values_list("pk", "erased_at"))  # helplines' clients have keys too
    left = []
    for path in (folder / "cases").glob("??/*"):
        if not _KEY_NAME.fullmatch(path.name):
            continue
        case_id = UUID(hex=path.name)
        with suppress(FileNotFoundError):
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            is_orphan = case_id not in cases and written < now - _ORPHAN_AFTER
            if is_orphan or cases.get(case_id) is not None:
                left.append(case_id)
    return sum(erase_case_key(folder, case_id) for case_id in left)


def _empty(case: Case, *, keeps_notices: bool) -> None:
    """Take the sealed values out of the rows, so that they are gone here at once."""
    Case.objects.filter(pk=case.pk).update(details_box=None)
    case.items.update(label_box=None, waiting_box=None)
    case.locations.update(**_NO_ADDRESS)
    case.messages.update(box=None)
    if not keeps_notices:
        case.notices.update(box=None)
        case.signatures.update(box=None)
    Letter.objects.filter(contact__case=case).update(token_box=None)
    # A refusal must outlive the case: the blind mark stays, the address does not.
    case.contacts.update(box=None, token_digest="")


def _drop_key(case: Case, now: datetime, events: Events) -> None:
    Case.objects.filter(pk=case.pk).update(erased_at=now)
    events.add("case_erased", f"case:{case.pk}")
    folder = installation_keys().folder
    transaction.on_commit(partial(_erase_key, folder, case.pk))


def _erase_key(folder: Path, case_id: UUID) -> None:
    erase_case_key(folder, case_id)
