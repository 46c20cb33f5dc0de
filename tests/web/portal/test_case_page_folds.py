"""What her page folds: what it says already, and what she may want later."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from case_page_states import HOUR, Stage, file, fresh, incomplete
from case_world import WAITS, laws_that_pause
from her_page import Her
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Clock
from staydown_web.cases.services import add_to_case, pause_clock
from staydown_web.cases.services.clock_warnings import advance_clocks

pytestmark = pytest.mark.django_db


def folded(page: str) -> str:
    """What stands in closed folds."""
    return "\n".join(re.findall(r"<details(?![^>]* open).*?</details>", page, re.DOTALL))


def unfolded(page: str) -> str:
    return re.sub(r"<details(?![^>]* open).*?</details>", "", page, flags=re.DOTALL)


def test_one_time_limit_that_the_place_says_already_is_folded(stage: Stage) -> None:
    page = Her(fresh(stage)).page
    assert "<summary>Time limits by law</summary>" in page
    assert "United States: TAKE IT DOWN Act" in folded(page)
    shown = unfolded(page)
    assert 'class="clock-left"' in shown
    assert shown.count("The website must act by") == 1


def paused(stage: Stage) -> Case:
    case = fresh(stage)
    with laws_that_pause():
        pause_clock(notice=case.notices.get(), reason=WAITS, actor="system", now=utc_now())
    return case


def over(stage: Stage) -> Case:
    case = file(stage, 50 * HOUR)
    advance_clocks(utc_now())
    assert Clock.objects.get().breached_at
    return case


def added(stage: Stage) -> Case:
    case = fresh(stage)
    add_to_case(case=case, urls=[f"{stage.url}2"], now=utc_now() - timedelta(hours=1))
    return case


def test_what_was_added_is_a_limit_of_its_own_and_comes_before_what_follows_from_it(
    stage: Stage,
) -> None:
    case = fresh(stage)
    urls = [f"{stage.url}2", "https://elsewhere.example/1"]
    add_to_case(case=case, urls=urls, now=utc_now() - timedelta(hours=1))
    her = Her(case)
    laws = re.findall(r"<h3>(United States[^<]*)</h3>", her.page)
    law = "United States: TAKE IT DOWN Act"
    assert sorted(laws) == [law, f"{law}: what you added"]
    added_at = her.story.index("You added something")
    assert her.story.index("elsewhere.example does not take part here") > added_at
    whats = Event.objects.filter(case_id=case.pk).order_by("seq").values_list("what", flat=True)
    assert list(whats).index("items_added") < list(whats).index("location_elsewhere")


@pytest.mark.parametrize("state", [paused, over, added])
def test_a_time_limit_that_has_more_to_say_is_not(
    stage: Stage, state: Callable[[Stage], Case]
) -> None:
    page = Her(state(stage)).page
    assert '<h2 id="limits">Time limits by law</h2>' in page
    assert "United States: TAKE IT DOWN Act" in unfolded(page)


def test_what_she_may_want_later_is_folded_and_what_she_has_to_do_is_not(stage: Stage) -> None:
    page = Her(fresh(stage)).page
    for later in ("Save everything", "Here you will see, week by week"):
        assert later in folded(page)
        assert later not in unfolded(page)
    for now in ("Your items", "What happened, and what comes next", "Send message", "Add a link"):
        assert now in unfolded(page)
    assert "What is missing" in unfolded(Her(incomplete(stage)).page)
