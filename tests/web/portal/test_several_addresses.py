"""Several addresses of one website: its card counts what became of each, its events name each."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from case_page_states import HOUR, MINUTE, Stage, answered, file, task_of
from her_page import Her
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.services import settle_location
from staydown_web.cases.services.places import url_of
from staydown_web.review import services

pytestmark = pytest.mark.django_db


def one_removed_one_gone(stage: Stage) -> tuple[Her, str, str]:
    """A copy was removed at one address, nothing is at the other: her page, and both paths."""
    case = file(stage, 8 * HOUR, more=[f"{stage.platform.media_origins[0]}/p/nosuch"])
    there, gone = case.locations.order_by("added_at", "pk")
    settle_location(location=gone, state="not_found", reason="gone", now=utc_now() - 7 * HOUR)
    task = task_of(case, stage, 6 * HOUR)
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=stage.first,
        now=utc_now() - 5 * HOUR,
    )  # fmt: skip
    services.make_decisions_firm(utc_now() - 5 * HOUR + 2 * MINUTE)
    answered(utc_now() - 4 * HOUR)
    fresh = Case.objects.get(pk=case.pk)
    return Her(fresh), urlsplit(url_of(there)).path, urlsplit(url_of(gone)).path


def test_a_website_where_a_copy_was_removed_does_not_say_that_nothing_was_found(
    stage: Stage,
) -> None:
    her, _there, gone = one_removed_one_gone(stage)

    assert her.place.startswith("Removed in part")
    assert "Nothing found" not in her.place
    assert "1 removed, 1 not found" in her.place
    assert f"{gone}: The website says that nothing is there." in her.place
    assert "2 addresses" not in her.place
    assert her.title == "A part of it was removed"


def test_each_event_of_several_addresses_names_its_own(stage: Stage) -> None:
    her, there, gone = one_removed_one_gone(stage)

    assert f"Nothing was found at Forum Example ({gone})" in her.story
    assert f"Removed at Forum Example ({there})" in her.story


def test_one_address_is_called_by_its_website_alone(stage: Stage) -> None:
    case = file(stage, 3 * HOUR)
    settle_location(
        location=case.locations.get(), state="not_found", reason="gone", now=utc_now() - HOUR
    )

    assert "Nothing was found at Forum Example" in Her(case).story
    assert "1 not found" not in Her(case).place
