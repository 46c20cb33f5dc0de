"""A law whose first day is not confirmed: what reviewers read of its time, and what is ticked."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from staydown_web.cases.models import Case, Notice
from staydown_web.regimes.selectors import open_start_words, regime
from staydown_web.reports.selectors.legal_grounds import legal_ground
from staydown_web.review.selectors.grounds import removal_grounds

pytestmark = pytest.mark.django_db
CAVEAT = "It is not confirmed on which day this duty begins."


@pytest.fixture
def task(noticed: Any, platform: Any) -> Any:
    """A notice under such a law alone."""
    _case, task = noticed("same", "citrus.jpg")
    platform.regimes = ["uk-osa", "us-tida", "platform-terms"]
    platform.save()
    Notice.objects.update(regime="uk-osa")
    Case.objects.update(regimes=["uk-osa"])
    return task


def part(html: str, start: str, end: str) -> str:
    return " ".join(html.split(start)[1].split(end, maxsplit=1)[0].split())


def test_queue_screen_and_time_limits_say_that_it_may_not_have_begun(
    task: Any, reviewer_client: Any
) -> None:
    assert "UK (start not confirmed)" in reviewer_client.get(reverse("review:queue")).text
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert CAVEAT in part(page, '<h2 id="limits">', "</section>")
    assert "UK (start not confirmed)" in part(page, '<div class="clock side">', "</div>")
    assert CAVEAT in reviewer_client.get(reverse("review:limits")).text
    Notice.objects.update(regime="us-tida")
    for name, args in (("queue", []), ("task", [task.number]), ("limits", [])):
        page = reviewer_client.get(reverse(f"review:{name}", args=args)).text
        assert "start not confirmed" not in page
        if name != "task":
            assert CAVEAT not in page


def test_its_ground_says_so_and_is_not_ticked_beforehand(task: Any, platform: Any) -> None:
    known = {one.id: one for one in removal_grounds(task, {"same"}, {"uk-osa"})}
    assert CAVEAT in known["uk-osa"].help
    assert not known["uk-osa"].is_likely
    assert known["platform-terms"].is_likely, "the rules of the site reach it"
    both = {one.id: one for one in removal_grounds(task, {"same"}, {"uk-osa", "us-tida"})}
    assert [id_ for id_, one in both.items() if one.is_likely] == ["us-tida"]
    assert CAVEAT not in both["us-tida"].help


def test_the_uploaders_statement_says_so_where_it_is_cited() -> None:
    assert legal_ground("uk-osa", "Forum").explanation.endswith(CAVEAT)
    assert open_start_words(regime("us-tida")) == ""
    assert CAVEAT not in legal_ground("us-tida", "Forum").explanation
