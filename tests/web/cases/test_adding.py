"""More for a case: what was missing, more pictures, a threat that came true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.cases.forms import MOST_FILES, Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Contact, Letter, Location, Signature
from staydown_web.cases.selectors import case_details, notices_of
from staydown_web.cases.selectors.signatures import signatures_of
from staydown_web.cases.services import (
    Filed,
    add_to_case,
    ask_withdrawal,
    file_case,
    keep_threatened,
)
from staydown_web.cases.services.filing import THREAT_LASTS
from staydown_web.regimes.selectors import regime, signing_text, text_digest

from .conftest import URL

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=5)


def test_the_clock_starts_when_the_last_required_part_comes(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(signature="", urls=[]).case
    case = add_to_case(case=case, urls=[URL], now=now + LATER)
    assert (case.valid_at, case.due_at, Entry.objects.count()) == (None, None, 0)
    case = add_to_case(case=case, answers=Answers(signature="Ada Example"), now=now + 2 * LATER)
    assert case.valid_at == now + 2 * LATER
    assert case.due_at == now + 2 * LATER + timedelta(hours=48)
    assert case.state == Case.State.VALID
    assert Entry.objects.get().state == Entry.State.SEED
    assert case.items.get().waiting_box is None
    whats = list(Event.objects.filter(case_id=case.pk).values_list("what", flat=True))
    assert whats.count("notice_incomplete") == 2
    assert whats.count("notice_valid") == 1


def test_a_clock_that_runs_is_not_moved_by_what_comes_later(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = filed().case
    case = add_to_case(
        case=case,
        files=files(2, 3),
        urls=[URL + "?2"],
        answers=Answers(statement="More words."),
        now=now + LATER,
    )
    assert (case.valid_at, case.due_at) == (now, now + timedelta(hours=48))
    assert [item.position for item in case.items.order_by("position")] == [1, 2, 3]
    assert Claim.objects.filter(item__case=case).count() == 3
    assert case.locations.count() == 2
    added = Event.objects.get(what="items_added")
    assert added.facts == {"items": 2, "locations": 1}


def test_an_address_that_is_there_is_not_added_again(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = add_to_case(case=filed().case, urls=[URL, URL + "#x"], now=now)
    assert case.locations.count() == 1
    assert not Event.objects.filter(what="items_added").exists()


def test_what_was_answered_stays_where_nothing_new_is_said(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(signature="").case
    add_to_case(case=case, answers=Answers(phone="+44 20 7946 0000"), now=now)
    case.refresh_from_db()
    details = case_details(case)
    assert (details.name, details.phone) == ("Ada Example", "+44 20 7946 0000")
    assert details.statement == "It was shared without my consent."


def test_another_address_of_hers_replaces_the_first_and_is_asked_anew(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(signature="").case
    add_to_case(case=case, answers=Answers(email="other@mail.example"), now=now)
    before = Contact.objects.filter(case=case, role="notifier").exclude(box__isnull=False)
    assert before.get().state == "failed"
    assert Contact.objects.filter(case=case, role="notifier", box__isnull=False).count() == 1
    assert Letter.objects.filter(contact__case=case, state="due").count() == 1
    add_to_case(case=case, answers=Answers(email="OTHER@mail.example"), now=now)
    assert Letter.objects.filter(contact__case=case, state="due").count() == 1


def test_a_threat_that_came_true_is_put_under_the_law_once_it_is_signed(
    threat: Callable[..., Filing], now: datetime
) -> None:
    case = file_case(filing=threat(), now=now).case
    case = add_to_case(case=case, urls=[URL], now=now + LATER)
    assert (case.way, case.expires_at) == (Case.Way.PUBLISHED, None)
    assert case.regimes == ["platform-terms", "us-tida"]
    assert case.due_at is None
    law = {row.regime: row for row in notices_of(case)}["us-tida"]
    assert [r.id for r in law.missing] == ["signature", "good_faith"]
    case = add_to_case(
        case=case,
        answers=Answers(signature="Ada Example", is_good_faith=True),
        now=now + 2 * LATER,
    )
    assert case.due_at == now + 2 * LATER + timedelta(hours=48)
    assert Location.objects.get(case=case).state == Location.State.NEW


def test_what_is_signed_as_a_threat_comes_true_has_its_own_text_and_moment(
    threat: Callable[..., Filing], now: datetime
) -> None:
    case = file_case(filing=threat(), now=now).case
    given = Answers(
        signature="Ada Example",
        is_good_faith=True,
        text_digests={"us-tida": text_digest(signing_text(regime("us-tida"), "en", "self"))},
        shown_at=(now + LATER).isoformat(),
    )
    add_to_case(case=case, urls=[URL], answers=given, now=now + LATER)
    row = next(one for one in signatures_of(case) if one.digest == given.text_digests["us-tida"])
    assert row.was_sent_back
    assert row.shown_at == now + LATER


def test_nothing_is_signed_by_an_address_alone(
    threat: Callable[..., Filing], now: datetime
) -> None:
    case = file_case(filing=threat(), now=now).case
    add_to_case(case=case, urls=[URL], now=now + LATER)
    assert not Signature.objects.filter(notice__regime="us-tida").exists()


def test_a_threat_can_be_waited_for_longer(threat: Callable[..., Filing], now: datetime) -> None:
    case = file_case(filing=threat(), now=now).case
    later = now + timedelta(days=170)
    assert keep_threatened(case=case, now=later) == later + THREAT_LASTS
    assert Event.objects.filter(what="case_prolonged").count() == 1


def test_only_a_threat_can_be_waited_for_longer(filed: Callable[..., Filed], now: datetime) -> None:
    with pytest.raises(RecordConflictError):
        keep_threatened(case=filed().case, now=now)


def test_nothing_is_added_where_a_part_of_it_is_wrong(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = filed().case
    plain = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, "00" * 32, 3),))
    with pytest.raises(FieldsError) as caught:
        add_to_case(case=case, files=[*files(2), FiledFile(plain)], urls=[URL + "?2"], now=now)
    assert set(caught.value.fields) == {"files"}
    assert (case.items.count(), case.locations.count(), Entry.objects.count()) == (1, 1, 1)


def test_a_case_takes_only_so_many_pictures(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = filed(signature="").case
    with pytest.raises(FieldsError) as caught:
        add_to_case(case=case, files=files(*range(2, MOST_FILES + 2)), now=now)
    assert set(caught.value.fields) == {"files"}


def test_a_case_that_was_taken_back_takes_nothing_more(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = filed().case
    ask_withdrawal(case=case, now=now)
    with pytest.raises(RecordConflictError):
        add_to_case(case=case, files=files(2), now=now)
