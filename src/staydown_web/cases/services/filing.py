"""A filing becomes a case: in one transaction, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.base.errors import FieldsError, FingerprintPlainError, RecordConflictError
from staydown_web.base.ids import new_case_number, new_id
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.forms import Answers, FiledFile, Filing, clean_filing
from staydown_web.cases.models import Case, Contact, Item, Location
from staydown_web.cases.services.binding import check_bound, platform_of
from staydown_web.cases.services.clock_pauses import resume_answered
from staydown_web.cases.services.clocks import start_clocks
from staydown_web.cases.services.contacts import add_contact
from staydown_web.cases.services.entries import enter_waiting, keep_waiting
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.known_files import exact_digest
from staydown_web.cases.services.new_keys import new_key
from staydown_web.cases.services.notices import judge_notices, make_notice
from staydown_web.cases.services.phrases import digest_phrase, new_phrase
from staydown_web.cases.services.places import add_places
from staydown_web.cases.services.settling import refresh_state

THREAT_LASTS = keeps("threat")
"""How long fingerprints wait for something that was only threatened. Source: ADR-0029."""
_ENFORCED_AFTER = timedelta(seconds=2)
_PERSON = "person"
_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Filed:
    """What the person takes with her.

    Attributes:
        case: stored, judged, its clock running where the notice is valid.
        phrase: six words; shown once and kept nowhere.
    """

    case: Case
    phrase: str


def file_case(
    *, filing: Filing, now: datetime, also: Callable[[Filed], object] | None = None
) -> Filed:
    """Take a filing: case, key, notices, items, claims, places, validity, clock and events.

    One transaction: where anything fails, nothing is stored and no key file stays; see ``new_key``.

    Args:
        filing: as typed; it is checked and cleaned here.
        now: the moment of receipt, aware UTC; a clock that starts, starts then.
        also: what the caller stores with it, in the same transaction.

    Raises:
        FieldsError: field -> what to do.
        RecordConflictError: no free case number was drawn; trying again helps.

    Cost: an Argon2 of about a tenth of a second, before the transaction; then some milliseconds a
    file.
    """
    clean = clean_filing(filing)
    check_bound(clean)
    phrase = new_phrase()
    case = Case(
        id=new_id(),
        phrase_hash=digest_phrase(phrase),
        platform=platform_of(clean),
        flagger=clean.flagger,
        way=clean.way,
        acts_as=clean.acts_as,
        language=clean.language,
        regimes=list(clean.regimes),
        withdrawal_mode=clean.withdrawal_mode,
        filed_at=now,
        touched_at=now,
        expires_at=now + THREAT_LASTS if clean.way == Case.Way.THREATENED else None,
    )
    filed = Filed(case=case, phrase=phrase)
    with new_key(case.pk), transaction.atomic():
        _store(case, clean, now)
        if also is not None:
            also(filed)
    return filed


def _store(case: Case, clean: Filing, now: datetime) -> None:
    events = Events(case.pk, _PERSON, now)
    case.number = _free_number()
    case.details_box = seal_details(case, clean.answers)
    case.save(force_insert=True)
    items = add_items(case=case, files=clean.files, now=now)
    if clean.way == Case.Way.LINK:
        items = add_link_items(case=case, count=len(clean.urls), now=now)
    add_places(
        case=case,
        urls=clean.urls,
        items=items if clean.way == Case.Way.LINK else [],
        now=now,
        events=events,
    )
    for regime_id in clean.regimes:
        make_notice(case=case, regime_id=regime_id, answers=clean.answers, now=now)
    _add_contacts(case, clean, now)
    events.add(
        "case_filed",
        f"case:{case.pk}",
        way=case.way,
        acts_as=case.acts_as,
        regimes=list(case.regimes),
        items=len(items),
        locations=len(clean.urls),
        is_flagged=case.flagger_id is not None,
    )
    events.rows.insert(0, events.rows.pop())  # the case comes first in its own story
    settle_validity(case=case, now=now, events=events)


def settle_validity(*, case: Case, now: datetime, events: Events) -> None:
    """Judge the notices; once one is valid, what waits enters the bank; then record the events.

    Raises:
        FieldsError: a fingerprint that the bank does not take.
    """
    is_valid = judge_notices(case=case, now=now, events=events)
    resume_answered(case=case, now=now, events=events)
    start_clocks(case=case, now=now, events=events)
    if is_valid:
        # Her entries are enforced first, so that what is found there is known to be of her.
        case.locations.filter(state=Location.State.NEW, next_try_at__lte=now).update(
            next_try_at=now + _ENFORCED_AFTER
        )
        try:
            enter_waiting(case=case, actor=events.actor, now=now)
        except FingerprintPlainError:
            raise FieldsError(
                {
                    "files": _(
                        "One of these has too little in it to be told from other pictures. "
                        "Leave it out, and give its address instead."
                    )
                }
            ) from None
    refresh_state(case=case)
    events.record()


def add_items(*, case: Case, files: Sequence[FiledFile], now: datetime) -> list[Item]:
    """An item for each picture or video; files that are versions of one share theirs."""
    first = case.items.count() + 1
    return [
        _add_item(case, position, versions, now)
        for position, versions in enumerate(versions_of(files), first)
    ]


def versions_of(files: Sequence[FiledFile]) -> list[list[FiledFile]]:
    """Files by the picture or video that they show; the same one given twice is one.

    The same by its SHA-256: another program may have read more of a video.
    """
    groups: dict[tuple[str, object], list[FiledFile]] = {}
    for file in files:
        alone = file.item_index is None
        same = exact_digest(file.fingerprint) or file.fingerprint.to_bytes()
        key = ("", same) if alone else ("same", file.item_index)
        groups.setdefault(key, []).append(file)
    return list(groups.values())


def labels_of(files: Sequence[FiledFile]) -> list[dict[str, str | int]]:
    """What is kept of files, so that she can tell which is which."""
    return [
        {
            "name": file.name,
            "size_bytes": file.size_bytes,
            "modified_on": file.modified_on.isoformat() if file.modified_on else "",
            "sha256": exact_digest(file.fingerprint),
        }
        for file in files
    ]


def add_link_items(*, case: Case, count: int, now: datetime) -> list[Item]:
    """Items that are known by an address alone, one for each."""
    first = case.items.count() + 1
    return [
        Item.objects.create(case=case, position=position, added_at=now, state_at=now)
        for position in range(first, first + count)
    ]


def seal_details(case: Case, answers: Answers) -> bytes:
    """Name, address, number and authority, sealed."""
    return seal_for_case(
        case.pk,
        {
            "name": answers.name,
            "email": answers.email,
            "phone": answers.phone,
            "authority": answers.authority,
        },
        context="details",
    )


def _add_item(case: Case, position: int, versions: Sequence[FiledFile], now: datetime) -> Item:
    item = Item(
        case=case,
        position=position,
        content_kind=str(versions[0].fingerprint.kind),
        added_at=now,
        state_at=now,
    )
    item.label_box = seal_for_case(case.pk, labels_of(versions), context=f"item:{item.pk}")
    keep_waiting(item, [file.fingerprint for file in versions])
    item.save(force_insert=True)
    return item


def _add_contacts(case: Case, clean: Filing, now: datetime) -> None:
    if clean.answers.email:
        add_contact(case=case, role=Contact.Role.NOTIFIER, address=clean.answers.email, now=now)
    if clean.safe_contact:
        add_contact(case=case, role=Contact.Role.SAFE, address=clean.safe_contact, now=now)


def _free_number() -> str:
    for _draw in range(_DRAWS):
        number = new_case_number()
        if not Case.objects.filter(number=number).exists():
            return number
    raise RecordConflictError("no free case number was drawn; try again")
