"""The time until wrong words are refused says nothing of the number."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.cases.models import Case
from staydown_web.portal.services import waiting
from staydown_web.portal.services.waiting import STEP_S, wait_for_whole_step

WRONG = "acorn basil cedar daisy elder fern"


def answered_after(work_s: float) -> float:
    """When the answer comes, in a time of our own."""
    waits: list[float] = []
    wait_for_whole_step(100.0, clock=lambda: 100.0 + work_s, sleep=waits.append)
    return work_s + sum(waits)


@given(st.floats(0.0, STEP_S * 0.999))
def test_whatever_the_work_takes_the_answer_comes_after_one_step(work_s: float) -> None:
    assert answered_after(work_s) == pytest.approx(STEP_S, abs=1e-9)


@given(st.floats(0.0, 60.0))
def test_on_a_slow_machine_it_comes_after_the_next_whole_step(work_s: float) -> None:
    steps = answered_after(work_s) / STEP_S
    assert steps == pytest.approx(round(steps), abs=1e-6)
    assert 1 <= round(steps) <= work_s / STEP_S + 1 + 1e-6


def test_a_clock_that_goes_back_makes_nobody_wait_longer() -> None:
    waits: list[float] = []
    wait_for_whole_step(100.0, clock=lambda: 90.0, sleep=waits.append)
    assert waits == [STEP_S]


@pytest.mark.django_db
def test_every_refusal_waits_and_an_opening_does_not(
    client: Client, filed: Callable[..., tuple[Case, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    door = import_module("staydown_web.portal.views.case")
    monkeypatch.setattr(door, "wait_for_whole_step", waited.append)
    case, phrase = filed()
    for number in (case.number, "C-2222-2222", ""):
        client.post("/case/", {"number": number, "phrase": WRONG})
    assert len(waited) == 3
    opened = client.post("/case/", {"number": case.number, "phrase": phrase})
    assert opened.status_code == 302
    assert len(waited) == 3
    assert waiting.STEP_S >= 1.0
