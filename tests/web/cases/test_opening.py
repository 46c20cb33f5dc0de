"""Number and words open a case; all else looks alike and takes as long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import hashers

from staydown_web.audit.models import Event
from staydown_web.base.errors import CaseNotOpenedError
from staydown_web.cases.models import Case
from staydown_web.cases.services import Filed, open_case
from staydown_web.cases.services.opening import FREE_TRIES, LONGEST_PAUSE, clean_number

pytestmark = pytest.mark.django_db
WRONG = "acorn basil cedar daisy elder fern"


def attempt(number: str, phrase: str, now: datetime) -> str:
    try:
        open_case(number=number, phrase=phrase, now=now)
    except CaseNotOpenedError as error:
        return f"{error.code}: {error}"
    return "open"


def test_number_and_words_open_it_however_they_are_typed(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    bare = made.case.number[2:].replace("-", "")
    for number in (made.case.number, made.case.number.lower(), f" c {bare} ", bare.lower()):
        opened = open_case(number=number, phrase=made.phrase.upper().replace(" ", " - "), now=now)
        assert opened.pk == made.case.pk
        assert opened.is_unveiled
    assert Event.objects.filter(what="case_opened", case_id=made.case.pk).count() == 4


def test_unknown_number_wrong_words_and_a_pause_get_the_same_answer(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    answers = {attempt("C-2222-2222", made.phrase, now), attempt("", "", now)}
    for _try in range(FREE_TRIES + 2):
        answers.add(attempt(made.case.number, WRONG, now))
    answers.add(attempt(made.case.number, made.phrase, now))
    assert len(answers) == 1
    assert "open" not in answers


def test_unknown_numbers_cost_as_many_digests_as_known_ones(
    filed: Callable[..., Filed], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = filed()
    attempt("C-2222-2222", WRONG, now)  # the digest for nobody is made once a process
    counted: list[int] = []
    verify = hashers.Argon2PasswordHasher.verify

    def counting(self: object, password: str, encoded: str) -> bool:
        counted.append(1)
        return verify(self, password, encoded)  # type: ignore[arg-type]

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counting)
    costs = []
    for number in ("C-2222-2222", made.case.number):
        counted.clear()
        attempt(number, WRONG, now)
        costs.append(len(counted))
    assert costs == [2, 2]


def test_pauses_grow_to_a_quarter_of_an_hour_and_end(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    moment, pauses = now, []
    for _try in range(FREE_TRIES + 6):
        attempt(made.case.number, WRONG, moment)
        case = Case.objects.get(pk=made.case.pk)
        pause = case.locked_until - moment if case.locked_until else timedelta(0)
        pauses.append(int(pause.total_seconds()))
        moment += pause
    assert pauses == [0] * (FREE_TRIES - 1) + [60, 120, 240, 480, 900, 900, 900]
    assert max(pauses) == LONGEST_PAUSE.total_seconds()
    last = Case.objects.get(pk=made.case.pk).locked_until
    assert last is not None
    assert attempt(made.case.number, made.phrase, last - timedelta(seconds=1)) != "open"
    assert attempt(made.case.number, made.phrase, last) == "open"
    case = Case.objects.get(pk=made.case.pk)
    assert (case.failed_phrases, case.locked_until) == (0, None)


def test_attempts_within_a_pause_do_not_make_it_longer(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    for _try in range(FREE_TRIES):
        attempt(made.case.number, WRONG, now)
    until = Case.objects.get(pk=made.case.pk).locked_until
    for _try in range(3):
        attempt(made.case.number, WRONG, now)
    assert Case.objects.get(pk=made.case.pk).locked_until == until


def test_failures_are_events_without_what_was_typed(
    filed: Callable[..., Filed], now: datetime
) -> None:
    made = filed()
    attempt(made.case.number, WRONG, now)
    event = Event.objects.get(what="case_open_failed")
    assert event.facts == {"failures": 1, "pause_s": 0}


def test_the_words_of_another_case_do_not_open_it(
    filed: Callable[..., Filed], now: datetime
) -> None:
    one, other = filed(), filed()
    assert attempt(one.case.number, other.phrase, now) != "open"


@pytest.mark.parametrize("typed", ["", "C", "0" * 1000, "C-7Q2M-4KXR; DROP", "ÄÖÜ"])
def test_odd_numbers_are_only_unknown(typed: str, now: datetime) -> None:
    assert len(clean_number(typed)) < 70
    assert attempt(typed, "x" * 10_000, now) != "open"
