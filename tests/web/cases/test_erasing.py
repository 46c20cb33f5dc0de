"""Forgetting: with the key goes what it sealed, here and in every copy of the database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries
from staydown_web.base.errors import CaseNotOpenedError, RecordConflictError, SealError
from staydown_web.base.keys import make_case_key
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Claim, Contact, Item, Location, Message, Notice
from staydown_web.cases.selectors import case_details, items_of, person_view
from staydown_web.cases.services import (
    Filed,
    ask_withdrawal,
    close_for_minor,
    erase_case,
    file_case,
    open_case,
    send_message,
    settle_item,
)
from staydown_web.cases.services.erasing import (
    KEEP_DECIDED,
    KEEP_INCOMPLETE,
    KEEP_PHRASE,
    forget_left_addresses,
)
from staydown_web.cases.tasks import erase_old
from staydown_web.screening.models import Copy

from .conftest import key_files

Committing = Callable[..., Any]
real = pytest.mark.django_db(transaction=True)
pytestmark = pytest.mark.django_db


def boxes(case: Case) -> list[tuple[str, bytes]]:
    """Every sealed value of a case, with its context."""
    found = [("details", case.details_box)]
    found += [(f"notice:{n.pk}", n.box) for n in case.notices.all()]
    found += [(f"item:{i.pk}", i.label_box) for i in case.items.all()]
    found += [(f"location:{x.pk}", x.url_box) for x in case.locations.all()]
    found += [(f"message:{m.pk}", m.box) for m in case.messages.all()]
    found += [(f"contact:{c.pk}", c.box) for c in case.contacts.all()]
    return [(context, bytes(box)) for context, box in found if box is not None]


def decide(case: Case, state: str, now: datetime) -> None:
    for item in case.items.all():
        settle_item(item=item, state=Item.State.IN_REVIEW, actor="system", now=now)
        settle_item(item=item, state=state, actor="system", now=now)


@real
def test_erasure_makes_every_box_unreadable_also_in_a_copy_taken_before(
    filed: Callable[..., Filed], now: datetime, tmp_path: Path
) -> None:
    case = filed().case
    send_message(case=case, sender="person", text="Hello.", now=now)
    case.refresh_from_db()
    before = boxes(case)
    assert len(before) == 6
    for context, box in before:
        assert unseal_for_case(case.pk, box, context=context)
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(tmp_path / "copy.sqlite3")
        with copy:
            connection.connection.backup(copy)
    erase_case(case=case, now=now)
    for context, box in before:
        with pytest.raises(SealError):
            unseal_for_case(case.pk, box, context=context)
    assert case.pk.hex not in {path.name for path in key_files()}
    if connection.vendor == "sqlite":
        held = copy.execute("SELECT details_box FROM cases_case").fetchone()[0]
        copy.close()
        assert held == dict(before)["details"]
        with pytest.raises(SealError):
            unseal_for_case(case.pk, held, context="details")
    case.refresh_from_db()
    assert boxes(case) == []
    assert case_details(case).name == ""
    assert items_of(case)[0].labels == ()


@real
def test_taking_back_erases_at_once_where_nothing_was_removed(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    ask_withdrawal(case=case, now=now)
    case.refresh_from_db()
    assert case.erased_at == now
    assert boxes(case) == []
    assert case.pk.hex not in {path.name for path in key_files()}
    assert {"case_withdrawn", "case_erased"} <= set(
        Event.objects.filter(case_id=case.pk).values_list("what", flat=True)
    )


def test_erasure_leaves_blocking_and_the_way_to_take_it_back(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    decide(made.case, Item.State.REMOVED, now)
    assert erase_old(now + KEEP_DECIDED - timedelta(seconds=1)) == 0
    assert erase_old(now + KEEP_DECIDED) == 1
    assert erase_old(now + KEEP_DECIDED) == 0
    assert Claim.objects.get().ended_at is None
    assert Entry.objects.get().state == Entry.State.SEED
    later = now + KEEP_DECIDED + 2 * KEEP_PHRASE
    erase_old(later)
    opened = open_case(number=made.case.number, phrase=made.phrase, now=later)
    view = person_view(case=opened, is_unveiled=True, now=later)
    assert (view.state, view.is_erased) == (Case.State.CLOSED, True)
    assert view.can_be_taken_back
    ask_withdrawal(case=opened, now=later)
    assert Entry.objects.get().state == Entry.State.WITHDRAWN


def test_what_no_reviewer_confirmed_or_removed_goes_with_it(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    decide(case, Item.State.KEPT, now)
    assert erase_old(now + KEEP_DECIDED) == 1
    assert Claim.objects.get().ended_at == now + KEEP_DECIDED
    assert (Entry.objects.get().state, Entry.objects.get().box) == (Entry.State.WITHDRAWN, None)


def test_what_a_reviewer_confirmed_keeps_blocking(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    confirm_entries(entry_ids=[Entry.objects.get().pk], actor="system", now=now)
    decide(case, Item.State.KEPT, now)
    assert erase_old(now + KEEP_DECIDED) == 1
    assert Claim.objects.get().ended_at is None
    assert Entry.objects.get().state == Entry.State.CONFIRMED


def test_who_opens_her_page_keeps_it(filed: Callable[..., Filed], now: datetime) -> None:
    made = filed()
    decide(made.case, Item.State.REMOVED, now)
    open_case(
        number=made.case.number, phrase=made.phrase, now=now + KEEP_DECIDED - timedelta(days=1)
    )
    assert erase_old(now + KEEP_DECIDED) == 0


def test_a_notice_that_nobody_completes_is_erased(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(signature="").case
    valid = filed(email="eve@mail.example").case
    assert erase_old(now + KEEP_INCOMPLETE) == 1
    case.refresh_from_db()
    valid.refresh_from_db()
    assert (case.state, case.erased_at) == (Case.State.CLOSED, now + KEEP_INCOMPLETE)
    assert Item.objects.get(case=case).waiting_box is None
    assert valid.erased_at is None


def test_the_notice_behind_a_removal_is_kept_for_its_time_and_no_longer(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    decide(case, Item.State.REMOVED, now)
    ask_withdrawal(case=case, now=now)
    assert erase_old(now + KEEP_DECIDED - timedelta(seconds=1)) == 0
    assert erase_old(now + KEEP_DECIDED) == 1
    case.refresh_from_db()
    assert case.state == Case.State.WITHDRAWN
    assert case.notices.get().box is None


def test_words_are_forgotten_where_nothing_is_held_or_claimed(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    ask_withdrawal(case=made.case, now=now)
    erase_old(now + KEEP_PHRASE - timedelta(seconds=1))
    assert open_case(number=made.case.number, phrase=made.phrase, now=now)
    erase_old(now + KEEP_PHRASE)
    with pytest.raises(CaseNotOpenedError):
        open_case(number=made.case.number, phrase=made.phrase, now=now)


def test_keys_that_a_dead_process_left_are_swept(
    filed: Callable[..., Filed], now: datetime
) -> None:
    living = filed().case
    folder = Path(settings.STAYDOWN_KEYS)
    orphan, fresh = UUID(int=1), UUID(int=2)
    for case_id in (orphan, fresh):
        make_case_key(folder, case_id)
    old = now.timestamp() - 7200
    path = folder / "cases" / orphan.hex[:2] / orphan.hex
    os.utime(path, (old, old))
    young = folder / "cases" / fresh.hex[:2] / fresh.hex
    os.utime(young, (now.timestamp() - 60, now.timestamp() - 60))
    erase_old(now)
    names = {path.name for path in key_files()}
    assert orphan.hex not in names
    assert {fresh.hex, living.pk.hex} <= names
    young.unlink()


def test_the_key_of_an_erased_case_is_swept_too(filed: Callable[..., Filed], now: datetime) -> None:
    case = filed().case
    Case.objects.filter(pk=case.pk).update(erased_at=now)
    erase_old(now)
    assert case.pk.hex not in {path.name for path in key_files()}


@real
def test_when_a_minor_is_shown_everything_is_purged(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made, sharing = filed(safe_contact="friend@mail.example"), filed(email="eve@mail.example")
    send_message(case=made.case, sender="person", text="Hello.", now=now)
    assert close_for_minor(case=made.case, actor="system", now=now) == 1
    case = Case.objects.get(pk=made.case.pk)
    entry = Entry.objects.get()
    assert (entry.state, entry.box) == (Entry.State.WITHDRAWN, None)
    assert not Claim.objects.filter(ended_at=None).exists()
    assert (case.state, case.closed_for, case.due_at) == (Case.State.CLOSED, "minor", None)
    assert boxes(case) == []
    for model in (Location, Notice, Contact, Message):
        assert not model._default_manager.filter(case=case).exists()
    assert case.pk.hex not in {path.name for path in key_files()}
    assert sharing.case.pk.hex in {path.name for path in key_files()}
    assert Event.objects.get(what="minor_closed").facts == {"entries": 1}
    with pytest.raises(RecordConflictError):
        close_for_minor(case=case, actor="system", now=now)
    # Her words open a page that holds nothing but where she can turn to, and not for long.
    assert open_case(number=case.number, phrase=made.phrase, now=now).closed_for == "minor"
    erase_old(now + timedelta(days=30))
    with pytest.raises(CaseNotOpenedError):
        open_case(number=case.number, phrase=made.phrase, now=now + timedelta(days=31))


def test_the_audit_holds_nothing_that_was_written(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed(statement="Words of hers.")
    send_message(case=made.case, sender="person", text="Hello.", now=now)
    ask_withdrawal(case=made.case, now=now)
    told = " ".join(f"{e.facts} {e.subject} {e.actor}" for e in Event.objects.all())
    for word in ("Ada", "mail.example", "8161", "Words", "Hello", "holiday", *made.phrase.split()):
        assert word not in told


@pytest.mark.parametrize("end", ["erase", "withdraw", "minor"])
def test_where_a_copy_was_is_forgotten_with_the_case_that_named_it(filing, now, end) -> None:
    case, copy = _named_copy(filing, now)
    _end(case, end, now)
    copy.refresh_from_db()
    assert copy.url_box is None


def test_an_address_stays_while_another_living_case_names_the_copy(filing, now) -> None:
    case, copy = _named_copy(filing, now)
    other = file_case(filing=filing(), now=now).case
    other.locations.update(copy=copy)
    _end(case, "erase", now)
    copy.refresh_from_db()
    assert copy.url_box is not None
    _end(other, "withdraw", now)
    copy.refresh_from_db()
    assert copy.url_box is None


@pytest.mark.parametrize("source", ["upload", "library"])
def test_the_address_of_an_upload_or_find_is_the_platforms(filing, now, source) -> None:
    case, copy = _named_copy(filing, now, source=source)
    _end(case, "erase", now)
    copy.refresh_from_db()
    assert copy.url_box is not None


def test_a_held_copy_is_forgotten_when_no_answer_comes(filing, now) -> None:
    case, _copy = _named_copy(filing, now, state=Copy.State.HELD)
    _end(case, "minor", now)
    assert forget_left_addresses(now + timedelta(days=29)) == 0
    assert forget_left_addresses(now + timedelta(days=30)) == 1


@pytest.mark.parametrize("end", ["erase", "withdraw"])
def test_what_was_removed_keeps_its_address_while_a_complaint_can_bring_it_back(
    filing, now, end
) -> None:
    case, copy = _named_copy(filing, now, state=Copy.State.REMOVED)
    _end(case, end, now)
    assert forget_left_addresses(now + timedelta(days=213)) == 0
    copy.refresh_from_db()
    assert copy.url_box is not None
    assert forget_left_addresses(now + timedelta(days=214)) == 1


def test_what_was_removed_for_a_minor_keeps_no_address(filing, now) -> None:
    case, copy = _named_copy(filing, now, state=Copy.State.HELD)
    gone, removed = _named_copy(filing, now, state=Copy.State.REMOVED)
    _end(gone, "minor", now)
    removed.refresh_from_db()
    assert removed.url_box is None
    _end(case, "minor", now)
    Copy.objects.filter(pk=copy.pk).update(state=Copy.State.REMOVED)  # the platform answered
    assert forget_left_addresses(now) == 1


def test_a_living_case_keeps_its_addresses(filing, now) -> None:
    _named_copy(filing, now)
    assert forget_left_addresses(now + timedelta(days=99)) == 0


def _named_copy(filing, now, **values):
    case = file_case(filing=filing(), now=now).case
    given = {"source": Copy.Source.NOTICE, "state": Copy.State.SEEN, "verdict": "log", **values}
    copy = Copy.objects.create(
        platform=case.platform, url_box=b"sealed", seen_at=now, state_at=now, **given
    )
    case.locations.update(copy=copy)
    return case, copy


def _end(case, end: str, now) -> None:
    match end:
        case "erase":
            erase_case(case=case, now=now)
        case "withdraw":
            ask_withdrawal(case=case, now=now)
        case _:
            close_for_minor(case=case, actor="system", now=now)
