"""Letters: one neutral first message, capped over all cases; no other before it is confirmed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from staydown_web.audit.models import Event
from staydown_web.base.errors import (
    FetchError,
    FieldsError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.cases import tasks
from staydown_web.cases.models import Case, Contact, Item, Letter
from staydown_web.cases.selectors import case_details
from staydown_web.cases.services import (
    Filed,
    ask_withdrawal,
    cancel_withdrawal,
    case_of_withdrawal,
    confirm_contact,
    give_address,
    refuse_contact,
    send_message,
    settle_item,
)
from staydown_web.cases.services.contacts import MOST_FIRST_LETTERS, TOKEN_LIFE
from staydown_web.cases.services.letters import LEASE
from staydown_web.cases.tasks import ask_waiting, send_letters

pytestmark = pytest.mark.django_db
FRIEND = "friend@mail.example"


@pytest.fixture(autouse=True)
def _with_a_mail_server(settings: Any) -> None:
    settings.STAYDOWN_MAIL_READY = True


def token_in(message: Any) -> str:
    found = re.search(r"/contact/confirm/([^/\s]+)/", message.body)
    assert found
    return found[1]


def confirmed(filed: Callable[..., Filed], now: datetime, **changes: Any) -> Case:
    case = filed(**changes).case
    send_letters(now)
    for message in mail.outbox:
        confirm_contact(token=token_in(message), now=now)
    mail.outbox.clear()
    return case


def test_the_first_message_is_neutral_and_asks_to_confirm(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    assert send_letters(now) == 1
    (message,) = mail.outbox
    assert message.to == ["ada@mail.example"]
    words = (message.subject + message.body).lower()
    for word in ("case", "picture", "intimate", made.case.number.lower(), "ada", "forum"):
        assert word not in words
    contact = Contact.objects.get()
    assert (contact.state, contact.asked_at) == ("asked", now)
    letter = Letter.objects.get()
    assert (letter.state, letter.sent_at, letter.token_box) == ("sent", now, None)
    assert confirm_contact(token=token_in(message), now=now).state == "confirmed"
    whats = set(Event.objects.filter(case_id=made.case.pk).values_list("what", flat=True))
    assert {"contact_asked", "letter_sent", "contact_confirmed"} <= whats


def test_each_letter_is_sent_once(filed: Callable[..., Filed], now: datetime) -> None:
    filed()
    assert [send_letters(now + timedelta(days=d)) for d in range(4)] == [1, 0, 0, 0]
    assert len(mail.outbox) == 1


def test_without_a_mail_server_letters_wait(
    filed: Callable[..., Filed], now: datetime, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = False
    filed()
    assert send_letters(now) == 0
    assert Letter.objects.get().state == "due"


def test_before_it_is_confirmed_an_address_gets_no_news(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    send_letters(now)
    send_message(case=case, sender="staff", text="We have a question.", now=now)
    assert not Letter.objects.filter(template="news").exists()
    confirm_contact(token=token_in(mail.outbox[0]), now=now)
    send_message(case=case, sender="staff", text="We have a question.", now=now)
    assert send_letters(now) == 1
    assert "question" not in mail.outbox[1].body


def test_news_come_at_most_once_a_day(filed: Callable[..., Filed], now: datetime) -> None:
    case = confirmed(filed, now)
    item = case.items.get()
    settle_item(item=item, state=Item.State.IN_REVIEW, actor="system", now=now)
    for hours in (0, 1, 5, 30):
        moment = now + timedelta(hours=hours)
        send_message(case=case, sender="staff", text="Something.", now=moment)
        send_letters(moment)
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("is_stopped", [False, True])
def test_no_letter_says_that_a_case_goes_on_that_was_taken_back(
    filed: Callable[..., Filed], now: datetime, *, is_stopped: bool
) -> None:
    case = confirmed(filed, now, withdrawal_mode="cooling", safe_contact=FRIEND)
    ask_withdrawal(case=case, now=now)
    if is_stopped:
        cancel_withdrawal(case=case, actor="system", now=now)
    settle_item(item=case.items.get(), state=Item.State.REMOVED, actor="system", now=now)
    send_message(case=case, sender="staff", text="We have a question.", now=now)
    assert not Letter.objects.filter(template="news").exists()


@pytest.mark.parametrize("is_stopped", [False, True])
def test_no_letter_that_waited_goes_to_her_address_once_her_page_seems_to_have_ended(
    filed: Callable[..., Filed], now: datetime, *, is_stopped: bool
) -> None:
    case = filed(withdrawal_mode="cooling", safe_contact=FRIEND).case
    assert Letter.objects.filter(contact__role="notifier", state="due").count() == 1
    ask_withdrawal(case=case, now=now)
    if is_stopped:
        cancel_withdrawal(case=case, actor="system", now=now)
    send_letters(now)
    assert {message.to[0] for message in mail.outbox} == {FRIEND}


def test_a_safe_contact_gets_no_news(filed: Callable[..., Filed], now: datetime) -> None:
    case = confirmed(filed, now, email="", safe_contact=FRIEND, phone="+44 20 7946 0000")
    send_message(case=case, sender="staff", text="Something.", now=now)
    assert send_letters(now) == 0


def test_a_safe_contact_is_told_of_a_withdrawal_with_a_link_and_a_day(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = confirmed(filed, now, safe_contact=FRIEND, withdrawal_mode="cooling")
    ask_withdrawal(case=case, now=now)
    assert send_letters(now) == 1
    (message,) = mail.outbox
    assert message.to == [FRIEND]
    assert "2026-12-03" in message.body
    assert "/safe/" in message.body


def test_who_agrees_during_the_pause_gets_the_letter_that_stops_it(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(email="", phone="+44 20 7946 0000", safe_contact=FRIEND, withdrawal_mode="cooling")
    send_letters(now)
    token = token_in(mail.outbox.pop())
    ask_withdrawal(case=case.case, now=now)
    assert send_letters(now) == 0

    for _press in range(2):
        confirm_contact(token=token, now=now + timedelta(days=2))

    assert send_letters(now + timedelta(days=2)) == 1
    found = re.search(r"/safe/([^/\s]+)/", mail.outbox[0].body)
    assert found
    assert case_of_withdrawal(token=found[1], now=now + timedelta(days=3)) == case.case


@pytest.mark.parametrize("is_stopped", [False, True])
def test_who_agrees_while_no_pause_runs_gets_no_letter_of_one(
    filed: Callable[..., Filed], now: datetime, *, is_stopped: bool
) -> None:
    case = filed(safe_contact=FRIEND, withdrawal_mode="cooling").case
    send_letters(now)
    if is_stopped:
        ask_withdrawal(case=case, now=now)
        cancel_withdrawal(case=case, actor="system", now=now)
    for message in mail.outbox:
        confirm_contact(token=token_in(message), now=now)
    assert not Letter.objects.filter(template="withdrawal_pending").exists()
    case.refresh_from_db()
    assert case.withdrawal_token_digest == ""


def test_an_address_gets_only_so_many_first_messages_whoever_names_it(
    filed: Callable[..., Filed], now: datetime
) -> None:
    for _case in range(MOST_FIRST_LETTERS + 3):
        filed(email="Stranger@mail.example")
    send_letters(now)
    assert len(mail.outbox) == MOST_FIRST_LETTERS
    assert Contact.objects.filter(state="new").count() == 3


def test_an_address_that_had_enough_is_asked_once_it_may_be_again(
    filed: Callable[..., Filed], now: datetime
) -> None:
    cases = [filed(email=FRIEND).case for _case in range(MOST_FIRST_LETTERS + 2)]
    send_letters(now)
    mail.outbox.clear()
    assert ask_waiting(now + timedelta(days=29)) == 0

    later = now + timedelta(days=30)
    assert [ask_waiting(later), ask_waiting(later)] == [2, 0]

    assert send_letters(later) == 2
    for message in mail.outbox:
        confirm_contact(token=token_in(message), now=later)
    states = Contact.objects.filter(case__in=cases[MOST_FIRST_LETTERS:])
    assert {contact.state for contact in states} == {"confirmed"}


def test_of_many_that_wait_an_address_gets_no_more_than_the_cap(
    filed: Callable[..., Filed], now: datetime
) -> None:
    for _case in range(2 * MOST_FIRST_LETTERS + 1):
        filed(email=FRIEND)
    later = now + timedelta(days=30)
    assert ask_waiting(later) == MOST_FIRST_LETTERS
    assert ask_waiting(later) == 0


@pytest.mark.parametrize("role", ["notifier", "safe"])
def test_while_a_withdrawal_waits_only_the_safe_contact_is_asked(
    filed: Callable[..., Filed], now: datetime, role: str
) -> None:
    more: dict[str, Any] = {"email": FRIEND}
    if role == "safe":
        more = {"email": "", "phone": "+44 20 7946 0000", "safe_contact": FRIEND}
    for _case in range(MOST_FIRST_LETTERS):
        filed(email=FRIEND)
    case = filed(withdrawal_mode="cooling", **({"safe_contact": "x@mail.example"} | more)).case
    later = now + timedelta(days=30)
    ask_withdrawal(case=case, now=later)
    assert ask_waiting(later) == (role == "safe")


@pytest.mark.parametrize("end", ["withdrawn", "closed"])
def test_of_an_ended_case_nobody_is_asked_any_more(
    filed: Callable[..., Filed], now: datetime, end: str
) -> None:
    for _case in range(MOST_FIRST_LETTERS + 1):
        case = filed(email=FRIEND).case
    Case.objects.filter(pk=case.pk).update(
        state=end, closed_at=now, withdrawal_asked_at=now if end == "withdrawn" else None
    )
    assert ask_waiting(now + timedelta(days=30)) == 0


@pytest.mark.parametrize("way", ["failed", "over"])
def test_an_address_that_was_never_confirmed_is_asked_again_when_it_is_given_again(
    filed: Callable[..., Filed], now: datetime, way: str
) -> None:
    case = filed().case
    send_letters(now)
    mail.outbox.clear()
    later = now + (TOKEN_LIFE if way == "over" else timedelta(hours=1))
    if way == "failed":
        Contact.objects.update(state="failed")

    for _press in range(3):
        give_address(case=case, address=" ada@mail.example ", now=later)
        send_letters(later)

    assert len(mail.outbox) == 1
    confirm_contact(token=token_in(mail.outbox[0]), now=later)
    assert Contact.objects.get().state == "confirmed"


def test_another_address_takes_the_place_of_the_first_and_is_in_her_details(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = confirmed(filed, now)
    give_address(case=case, address=FRIEND, now=now)
    case.refresh_from_db()
    assert case_details(case).email == FRIEND
    send_message(case=case, sender="staff", text="Something.", now=now)
    assert send_letters(now) == 1
    assert mail.outbox[0].to == [FRIEND]
    assert "/contact/confirm/" in mail.outbox[0].body
    before = case.contacts.get(box__isnull=True)
    assert (before.state, before.token_digest) == ("confirmed", "")


def test_an_address_that_was_confirmed_stays_so_when_it_is_given_again(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = confirmed(filed, now)
    for address in (FRIEND, "ada@mail.example"):
        give_address(case=case, address=address, now=now)
    assert send_letters(now) == 0, "the letter to the one in between was given up"
    send_message(case=case, sender="staff", text="Something.", now=now)
    assert send_letters(now) == 1
    assert mail.outbox[0].to == ["ada@mail.example"]


def test_changing_to_and_fro_gets_an_address_no_more_first_messages_than_others(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(email=FRIEND).case
    for number in range(8):
        send_letters(now)
        give_address(case=case, address=f"other{number}@mail.example", now=now)
        give_address(case=case, address=FRIEND, now=now)
    send_letters(now)
    to_friend = [message for message in mail.outbox if message.to == [FRIEND]]
    assert len(to_friend) == MOST_FIRST_LETTERS


@pytest.mark.parametrize("address", ["", "ada", "ada@", "a b@mail.example"])
def test_what_is_no_address_is_named_and_changes_nothing(
    filed: Callable[..., Filed], now: datetime, address: str
) -> None:
    case = filed().case
    with pytest.raises(FieldsError) as caught:
        give_address(case=case, address=address, now=now)
    assert set(caught.value.fields) == {"address"}
    assert Contact.objects.get().box is not None


@pytest.mark.parametrize("end", ["taken back", "pausing"])
def test_an_ended_case_takes_no_address(
    filed: Callable[..., Filed], now: datetime, end: str
) -> None:
    mode = "cooling" if end == "pausing" else "immediate"
    case = filed(withdrawal_mode=mode, safe_contact=FRIEND).case
    ask_withdrawal(case=case, now=now)
    with pytest.raises(RecordConflictError):
        give_address(case=case, address="new@mail.example", now=now)


def test_who_says_not_mine_is_never_written_to_again_in_any_case(
    filed: Callable[..., Filed], now: datetime
) -> None:
    first = filed(email=FRIEND).case
    second = filed(email=FRIEND.upper()).case
    send_letters(now)
    assert refuse_contact(token=token_in(mail.outbox[0]), now=now).state == "refused"
    mail.outbox.clear()
    assert {c.state for c in Contact.objects.all()} == {"refused"}
    third = filed(email=FRIEND).case
    for case in (first, second, third):
        send_message(case=case, sender="staff", text="Something.", now=now)
    assert send_letters(now) == 0
    assert Contact.objects.get(case=third).state == "refused"


def test_a_confirmation_can_be_taken_back_by_the_same_letter(
    filed: Callable[..., Filed], now: datetime
) -> None:
    filed()
    send_letters(now)
    token = token_in(mail.outbox[0])
    confirm_contact(token=token, now=now)
    assert confirm_contact(token=token, now=now).state == "confirmed"
    refuse_contact(token=token, now=now)
    with pytest.raises(RecordNotFoundError):
        confirm_contact(token=token, now=now)


def test_a_link_ends_after_thirty_days_and_an_unknown_one_is_none(
    filed: Callable[..., Filed], now: datetime
) -> None:
    filed()
    send_letters(now)
    token = token_in(mail.outbox[0])
    for wrong, moment in ((token, now + timedelta(days=31)), ("x", now), ("", now)):
        with pytest.raises(RecordNotFoundError):
            confirm_contact(token=wrong, now=moment)


def test_a_server_that_fails_is_tried_again_and_in_the_end_given_up(
    filed: Callable[..., Filed], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**values: Any) -> None:
        raise FetchError("down")

    monkeypatch.setattr(tasks, "send_neutral", fail)
    filed()
    moment, tries = now, 0
    while Letter.objects.get().state == "due":
        send_letters(moment)
        tries += 1
        assert tries < 20
        moment = max(moment, Letter.objects.get().next_try_at)
    assert tries == 8
    assert moment - now > timedelta(hours=24)
    assert Contact.objects.get().state == "failed"
    assert Event.objects.filter(what="letter_dead").count() == 1


def test_an_address_that_the_server_refuses_for_good_is_given_up_at_once(
    filed: Callable[..., Filed], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**values: Any) -> None:
        raise FetchError("no such mailbox", retryable=False)

    monkeypatch.setattr(tasks, "send_neutral", fail)
    filed()
    send_letters(now)
    assert Letter.objects.get().state == "dead"


def test_a_letter_in_one_worker_s_hand_is_not_taken_by_another(
    filed: Callable[..., Filed], now: datetime
) -> None:
    from staydown_web.cases.services.letters import take_letter

    filed()
    first = take_letter(now=now)
    assert first is not None
    assert take_letter(now=now) is None
    assert take_letter(now=now + LEASE) is not None


@pytest.mark.parametrize("state", ["new", "asked", "refused", "failed"])
def test_news_that_wait_are_given_up_where_the_address_is_not_confirmed(
    state: str, filed: Callable[..., Filed], now: datetime
) -> None:
    case = confirmed(filed, now)
    send_message(case=case, sender="staff", text="Something.", now=now)
    Contact.objects.update(state=state)
    assert send_letters(now) == 0
    assert not mail.outbox
    assert Letter.objects.get(template="news").state == "dead"


def test_a_case_that_was_taken_back_writes_no_more(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = confirmed(filed, now)
    send_message(case=case, sender="staff", text="Something.", now=now)
    ask_withdrawal(case=case, now=now)
    assert send_letters(now) == 0
    assert not mail.outbox
