"""Several addresses of one website: its card counts what became of each, its events name each."""

from __future__ import annotations

import pytest

from case_page_states import DAY, HOUR, MINUTE, Stage, answered, file, task_of
from her_page import Her
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.services import settle_location
from staydown_web.cases.services.places import url_of
from staydown_web.review import services

pytestmark = pytest.mark.django_db


def one_removed_one_gone(stage: Stage) -> Case:
    """A copy was removed at the first address; at the second the website has nothing."""
    gone = f"{stage.platform.media_origins[0]}/p/nosuch"
    case = file(stage, 10 * DAY, more=[gone])
    (second,) = [one for one in case.locations.all() if url_of(one) == gone]
    settle_location(
        location=second, state="not_found", reason="gone", now=utc_now() - 9 * DAY - HOUR
    )
    task = task_of(case, stage, 9 * DAY + HOUR)
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=stage.first,
        now=utc_now() - 9 * DAY,
    )  # fmt: skip
    services.make_decisions_firm(utc_now() - 9 * DAY + 2 * MINUTE)
    answered(utc_now() - 9 * DAY + HOUR)
    return case


def test_a_website_where_a_copy_was_removed_does_not_say_that_nothing_was_found(
    stage: Stage,
) -> None:
    her = Her(one_removed_one_gone(stage))

    assert her.place.startswith("Removed in part")
    assert "Nothing found" not in her.place
    assert "1 removed, 1 not found" in her.place
    assert "/p/nosuch: The website says that nothing is there." in her.place
    assert "2 addresses" not in her.place
    assert her.title == "A part of it was removed"


def test_each_event_of_several_addresses_names_its_own(stage: Stage) -> None:
    her = Her(one_removed_one_gone(stage))

    path = stage.url.split("//")[1].split("/", 1)[1]
    assert "Nothing was found at 127.0.0.1/p/nosuch" in her.story
    assert f"Removed at 127.0.0.1/{path}" in her.story


def test_one_address_is_called_by_its_website_alone(stage: Stage) -> None:
    case = file(stage, 3 * HOUR)
    settle_location(
        location=case.locations.get(), state="not_found", reason="gone", now=utc_now() - HOUR
    )

    assert "Nothing was found at 127.0.0.1" in Her(case).story
    assert "1 not found" not in Her(case).place
