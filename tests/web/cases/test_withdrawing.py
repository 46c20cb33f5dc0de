"""Taking back: her own claim only, at once or after a pause that nobody sees."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries
from staydown_web.base.errors import CaseNotOpenedError, RecordConflictError, RecordNotFoundError
from staydown_web.base.sealing import digest_token, unseal_for_case
from staydown_web.cases.models import Case, Claim, Contact, Item, Letter
from staydown_web.cases.selectors import PersonView, person_view
from staydown_web.cases.services import (
    Filed,
    ask_withdrawal,
    cancel_withdrawal,
    carry_out_withdrawal,
    case_of_withdrawal,
    close_for_minor,
    confirm_contact,
    open_case,
    send_message,
    settle_item,
)
from staydown_web.cases.services.withdrawing import COOLING
from staydown_web.cases.tasks import carry_out_due_withdrawals, send_letters

pytestmark = pytest.mark.django_db
FRIEND = "friend@mail.example"


def cooling(filed: Callable[..., Filed], now: datetime) -> tuple[Filed, Contact]:
    """A case whose safe contact has confirmed."""
    made = filed(withdrawal_mode="cooling", safe_contact=FRIEND)
    contact = made.case.contacts.get(role="safe")
    Contact.objects.filter(pk=contact.pk).update(
        state="asked", asked_at=now, token_digest=digest_token("t")
    )
    confirm_contact(token="t", now=now)
    return made, contact


def stopping_token(case: Case) -> str:
    letter = Letter.objects.get(contact__case=case, template="withdrawal_pending")
    return str(unseal_for_case(case.pk, letter.token_box, context=f"letter:{letter.pk}"))


def seen(case: Case, now: datetime, *, is_unveiled: bool = True) -> PersonView:
    return person_view(case=Case.objects.get(pk=case.pk), is_unveiled=is_unveiled, now=now)


def test_a_letter_that_still_waits_when_it_is_stopped_never_leaves(
    filed: Callable[..., Filed], now: datetime, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    case = cooling(filed, now)[0].case
    Letter.objects.all().delete()
    ask_withdrawal(case=case, now=now)
    cancel_withdrawal(case=case, now=now)
    assert send_letters(now) == 0
    assert mail.outbox == []
    assert Letter.objects.get().state == Letter.State.DEAD


def test_a_case_closed_for_a_minor_is_not_taken_back_again(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    ask_withdrawal(case=case, now=now)
    close_for_minor(case=case, actor="system", now=now)
    with pytest.raises(RecordConflictError):
        ask_withdrawal(case=case, now=now)
    assert Event.objects.filter(case_id=case.pk, what="case_withdrawn").count() == 1


def test_at_once_ends_the_claim_and_the_entry_leaves_the_bank(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    assert ask_withdrawal(case=case, now=now) is None
    case.refresh_from_db()
    assert (case.state, case.closed_at) == (Case.State.WITHDRAWN, now)
    entry = Entry.objects.get()
    assert (entry.state, entry.box) == (Entry.State.WITHDRAWN, None)
    assert Claim.objects.get().ended_at == now
    assert Item.objects.get().state == Item.State.WITHDRAWN
    whats = list(Event.objects.filter(case_id=case.pk).values_list("what", flat=True))
    assert {"withdrawal_asked", "case_withdrawn"} <= set(whats)
    with pytest.raises(RecordConflictError):
        ask_withdrawal(case=case, now=now)


def test_one_of_two_takes_it_back_and_the_other_keeps_it(
    filed: Callable[..., Filed], now: datetime
) -> None:
    one, other = filed().case, filed(email="eve@mail.example").case
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    ask_withdrawal(case=one, now=now)
    entry.refresh_from_db()
    assert entry.state == Entry.State.CONFIRMED
    assert entry.box is not None
    assert Claim.objects.get(item__case=other).ended_at is None
    other.refresh_from_db()
    assert other.state == Case.State.VALID
    ask_withdrawal(case=other, now=now)
    entry.refresh_from_db()
    assert entry.state == Entry.State.WITHDRAWN


def test_neither_of_two_can_tell_that_there_is_another(
    filed: Callable[..., Filed], now: datetime
) -> None:
    alone = filed().case
    before = seen(alone, now)
    other = filed(email="eve@mail.example").case
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    assert seen(alone, now) == before
    mine, theirs = before, seen(other, now)
    assert [m.what for m in mine.moments] == [m.what for m in theirs.moments]
    assert [m.facts for m in mine.moments] == [m.facts for m in theirs.moments]
    assert (mine.state, mine.blocked) == (theirs.state, theirs.blocked)
    ask_withdrawal(case=other, now=now)
    assert seen(alone, now) == before


def test_a_pause_keeps_blocking_and_tells_the_safe_contact_alone(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made, _contact = cooling(filed, now)
    case = made.case
    assert ask_withdrawal(case=case, now=now) == now + COOLING
    case.refresh_from_db()
    assert case.state == Case.State.VALID
    assert Entry.objects.get().state == Entry.State.SEED
    assert Claim.objects.get().ended_at is None
    assert not Letter.objects.filter(template="news").exists()
    assert case_of_withdrawal(token=stopping_token(case), now=now) == case
    with pytest.raises(RecordConflictError):
        ask_withdrawal(case=case, now=now)


def test_a_safe_contact_who_never_agreed_is_not_written_to(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed(withdrawal_mode="cooling", safe_contact=FRIEND)
    ask_withdrawal(case=made.case, now=now)
    assert not Letter.objects.filter(template="withdrawal_pending").exists()


def test_the_page_looks_the_same_with_and_without_a_pause(
    filed: Callable[..., Filed], now: datetime
) -> None:
    at_once, paused = filed(safe_contact=FRIEND).case, cooling(filed, now)[0].case
    for case in (at_once, paused):
        send_message(case=case, sender="person", text="Hello.", now=now)
        ask_withdrawal(case=case, now=now + timedelta(hours=1))
    one = seen(at_once, now + timedelta(hours=2))
    other = seen(paused, now + timedelta(hours=2))
    for name in PersonView.__dataclass_fields__:
        if name == "number":
            continue
        if name == "moments":
            assert [(m.at, m.what, m.facts) for m in one.moments] == [
                (m.at, m.what, m.facts) for m in other.moments
            ]
            continue
        assert getattr(one, name) == getattr(other, name), name
    assert one.state == Case.State.WITHDRAWN


def test_the_page_does_not_change_when_the_pause_is_stopped_or_over(
    filed: Callable[..., Filed], now: datetime
) -> None:
    stopped, over = cooling(filed, now)[0].case, cooling(filed, now)[0].case
    for case in (stopped, over):
        ask_withdrawal(case=case, now=now)
    before = seen(stopped, now, is_unveiled=False), seen(over, now, is_unveiled=False)
    stopped.refresh_from_db()
    cancel_withdrawal(case=stopped, actor="system", now=now + timedelta(days=1))
    later = now + COOLING
    assert carry_out_due_withdrawals(later) == 1
    assert seen(stopped, later, is_unveiled=False) == before[0]
    assert seen(over, later, is_unveiled=False) == before[1]


def test_stopping_it_gives_new_words_and_the_old_ones_open_the_old_page(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made, contact = cooling(filed, now)
    case = made.case
    ask_withdrawal(case=case, now=now)
    found = case_of_withdrawal(token=stopping_token(case), now=now)
    phrase = cancel_withdrawal(case=found, now=now)
    assert phrase != made.phrase
    old = open_case(number=case.number, phrase=made.phrase, now=now)
    new = open_case(number=case.number, phrase=phrase, now=now)
    assert (old.is_unveiled, new.is_unveiled) == (False, True)
    assert seen(old, now, is_unveiled=old.is_unveiled).state == Case.State.WITHDRAWN
    assert seen(new, now, is_unveiled=new.is_unveiled).state == Case.State.VALID
    assert seen(new, now, is_unveiled=new.is_unveiled).items
    event = Event.objects.get(what="withdrawal_cancelled")
    assert event.actor == f"contact:{contact.pk}"


@pytest.mark.parametrize("is_stopped", [False, True])
def test_words_from_before_an_earlier_stop_tell_nothing_of_the_next_one(
    filed: Callable[..., Filed], now: datetime, *, is_stopped: bool
) -> None:
    made, _contact = cooling(filed, now)
    case = made.case
    ask_withdrawal(case=case, now=now)
    second = cancel_withdrawal(case=case, now=now)
    day = now + timedelta(days=1)
    ask_withdrawal(case=case, now=day)
    if is_stopped:
        cancel_withdrawal(case=case, now=day)
    else:
        carry_out_due_withdrawals(day + COOLING)
    with pytest.raises(CaseNotOpenedError):
        open_case(number=case.number, phrase=made.phrase, now=day + COOLING)
    old = open_case(number=case.number, phrase=second, now=day + COOLING)
    assert seen(old, day, is_unveiled=old.is_unveiled).state == Case.State.WITHDRAWN


def test_a_stopped_withdrawal_is_never_carried_out(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = cooling(filed, now)[0].case
    ask_withdrawal(case=case, now=now)
    token = stopping_token(case)
    case.refresh_from_db()
    cancel_withdrawal(case=case, actor="system", now=now)
    assert carry_out_due_withdrawals(now + 2 * COOLING) == 0
    with pytest.raises(RecordConflictError):
        carry_out_withdrawal(case=case, now=now + 2 * COOLING)
    with pytest.raises(RecordNotFoundError):
        case_of_withdrawal(token=token, now=now)
    with pytest.raises(RecordConflictError):
        cancel_withdrawal(case=case, actor="system", now=now)


def test_a_pause_that_nobody_stops_ends_in_the_withdrawal(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = cooling(filed, now)[0].case
    ask_withdrawal(case=case, now=now)
    token = stopping_token(case)
    early = now + COOLING - timedelta(seconds=1)
    assert carry_out_due_withdrawals(early) == 0
    with pytest.raises(RecordConflictError):
        carry_out_withdrawal(case=case, now=early)
    assert carry_out_due_withdrawals(now + COOLING) == 1
    assert carry_out_due_withdrawals(now + COOLING) == 0
    case.refresh_from_db()
    assert case.state == Case.State.WITHDRAWN
    assert Entry.objects.get().state == Entry.State.WITHDRAWN
    with pytest.raises(RecordNotFoundError):
        case_of_withdrawal(token=token, now=now + COOLING)


def test_nothing_is_taken_back_before_it_was_asked(
    filed: Callable[..., Filed], now: datetime
) -> None:
    with pytest.raises(RecordConflictError):
        carry_out_withdrawal(case=filed().case, now=now)
    assert Entry.objects.get().state == Entry.State.SEED


def test_an_unknown_link_stops_nothing(filed: Callable[..., Filed], now: datetime) -> None:
    filed()
    for token in ("", "x", "0" * 64):
        with pytest.raises(RecordNotFoundError):
            case_of_withdrawal(token=token, now=now)


def test_a_removal_keeps_the_signed_notice_and_nothing_else_of_hers(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    item = case.items.get()
    settle_item(item=item, state=Item.State.IN_REVIEW, actor="system", now=now)
    settle_item(item=item, state=Item.State.REMOVED, actor="system", now=now)
    case.locations.update(media_box=b"sealed")
    ask_withdrawal(case=case, now=now)
    case.refresh_from_db()
    assert case.erased_at is None
    assert case.notices.get().box is not None
    assert case.details_box is None
    assert case.items.get().label_box is None
    place = case.locations.get()
    assert (place.url_box, place.media_box) == (None, None)
    assert case.contacts.get().box is None


def test_the_words_still_open_a_page_after_it_was_taken_back(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    ask_withdrawal(case=made.case, now=now)
    opened = open_case(number=made.case.number, phrase=made.phrase, now=now)
    assert seen(opened, now).state == Case.State.WITHDRAWN
    with pytest.raises(CaseNotOpenedError):
        open_case(number=made.case.number, phrase="six wrong words", now=now)


@pytest.mark.django_db(transaction=True)
def test_two_who_take_it_back_at_the_same_moment_leave_no_entry_behind(
    filed: Callable[..., Filed], now: datetime
) -> None:
    cases = [filed(email=f"a{number}@mail.example").case for number in range(4)]
    start, failures = threading.Barrier(len(cases)), []

    def take_back(case: Case) -> None:
        start.wait()
        try:
            ask_withdrawal(case=case, now=now)
        except DatabaseError as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_back, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(Case.objects.values_list("state", flat=True)) == {Case.State.WITHDRAWN}
    assert not Claim.objects.filter(ended_at=None).exists()
    assert Entry.objects.get().state == Entry.State.WITHDRAWN
