"""Two notifiers of one picture: separate cases, and neither can learn that there is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from staydown_web.accounts.models import User
from staydown_web.accounts.services import add_flagger
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError
from staydown_web.cases.forms import FiledFile, Filing
from staydown_web.cases.models import Case, Claim
from staydown_web.cases.selectors import items_of, locations_of, notices_of, timeline
from staydown_web.cases.services import Filed, ask_withdrawal, file_case

pytestmark = pytest.mark.django_db


def seen_by(case: Case) -> dict[str, Any]:
    """All that the page of a case is made of, without ids and moments of its own."""
    return {
        "state": case.state,
        "items": [(row.position, row.state, len(row.labels)) for row in items_of(case)],
        "places": [(row.position, row.url, row.state) for row in locations_of(case)],
        "notices": [(row.regime, [r.id for r in row.missing]) for row in notices_of(case)],
        "story": [moment.what for moment in timeline(case)],
    }


def test_the_second_notifier_sees_just_what_the_first_saw(
    filing: Callable[..., Filing], now: datetime
) -> None:
    first = file_case(filing=filing(), now=now).case
    first.refresh_from_db()
    alone = seen_by(first)

    second = file_case(filing=filing(email="bo@mail.example"), now=now + timedelta(days=1)).case
    second.refresh_from_db()
    first.refresh_from_db()

    assert seen_by(second) == alone, "nothing tells the second that there was a first"
    assert seen_by(first) == alone, "nothing tells the first that there is a second"


def test_they_share_the_entry_and_nothing_else(
    filing: Callable[..., Filing], now: datetime
) -> None:
    cases = [file_case(filing=filing(), now=now).case for _ in range(2)]

    assert Claim.objects.filter(entry=Entry.objects.get()).count() == 2
    assert len({case.number for case in cases}) == 2
    for case, other in (cases, cases[::-1]):
        told = Event.objects.filter(case_id=case.pk).values_list("facts", "subject")
        assert str(other.pk) not in str(list(told))
        assert other.number not in str(list(told))


def test_taking_one_back_changes_nothing_for_the_other(
    filing: Callable[..., Filing], now: datetime
) -> None:

    first, second = (file_case(filing=filing(), now=now).case for _ in range(2))
    second.refresh_from_db()
    before = seen_by(second)

    ask_withdrawal(case=first, now=now + timedelta(hours=1))

    second.refresh_from_db()
    assert seen_by(second) == before
    assert Entry.objects.get().state == Entry.State.SEED, "it lives while a claim on it does"


def test_anybody_files_without_an_account(filed: Callable[..., Filed]) -> None:
    case = filed().case
    assert not User.objects.exists()
    assert case.flagger is None


def test_a_code_of_a_trusted_flagger_marks_the_case(
    filing: Callable[..., Filing], admin: User, now: datetime, files: Callable[..., list[FiledFile]]
) -> None:
    made = add_flagger(name="Watch", awarded_by="An authority", team=None, actor=admin, now=now)

    case = file_case(filing=filing(flagger_code=f" {made.code} "), now=now).case

    assert case.flagger == made.flagger
    event = Event.objects.get(what="case_filed", case_id=case.pk)
    assert event.facts["is_flagged"] is True
    assert made.code not in str(list(Event.objects.values_list("facts", flat=True)))


def test_a_code_that_nobody_knows_is_refused_and_not_repeated(
    filing: Callable[..., Filing], now: datetime
) -> None:
    with pytest.raises(FieldsError) as caught:
        file_case(filing=filing(flagger_code="tf_guess"), now=now)
    assert "Check it" in caught.value.fields["flagger_code"]
    assert "tf_guess" not in str(caught.value.fields)
    assert not Case.objects.exists()
