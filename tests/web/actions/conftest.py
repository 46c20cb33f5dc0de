"""Decisions as reviewers make them, and a platform that receives webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Endpoint
from staydown_web.actions.services import add_endpoint
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.review.models import Decision, Task
from staydown_web.review.services.deciding import decide
from staydown_web.review.services.settling import make_decisions_firm
from staydown_web.screening.models import Copy, Verdict
from web_servers import Served, answering, serving

MADE = 0


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Path, settings) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def copy_of(platform: Platform, now: datetime) -> Callable[..., Copy]:
    """``copy_of(state="held", source="upload")`` is a copy on the platform."""

    def make(*, state: str = "seen", source: str = "notice", **more: Any) -> Copy:
        made_id = new_id()
        url = f"{platform.media_origins[0]}/media/{made_id.hex[:6]}.jpg"
        return Copy.objects.create(
            id=made_id,
            platform=platform,
            source=source,
            state=state,
            verdict=Verdict.HOLD,
            group=made_id.hex * 2,
            content_ref=f"post-{made_id.hex[:6]}",
            url_box=seal(url.encode(), context=f"copy:{made_id}"),
            content_kind="photo",
            seen_at=now,
            state_at=now,
            **more,
        )

    return make


@pytest.fixture
def task_of(platform: Platform, now: datetime) -> Callable[..., Task]:
    """``task_of(copy, …, case=…)`` waits for a reviewer."""

    def make(*copies: Copy, **more: Any) -> Task:
        task = Task.objects.create(
            number=f"T-{new_id().hex[:8]}",
            source="upload",
            platform=platform,
            group=copies[0].group if copies else "",
            made_at=now,
            **more,
        )
        task.copies.set(copies)
        return task

    return make


@pytest.fixture
def decided(reviewer: User, now: datetime) -> Callable[..., Decision]:
    """``decided(task, "remove")`` decides; ``is_firm=True`` waits its minute too."""

    def make(task: Task, outcome: str = "remove", *, is_firm: bool = False) -> Decision:
        grounds = [] if outcome == "hold" else ["us-tida"]
        made = decide(task=task, outcome=outcome, grounds=grounds, facts="", user=reviewer, now=now)
        if is_firm:
            make_decisions_firm(now + timedelta(minutes=2))
        made.refresh_from_db()
        return made

    return make


@pytest.fixture
def hook() -> Iterator[Served]:
    """A server that takes whatever it is sent."""
    with serving(answering(status="204 No Content")) as served:
        yield served


@pytest.fixture
def endpoint(platform: Platform, hook: Served, now: datetime) -> tuple[Endpoint, str]:
    """An endpoint at that server, and its secret."""
    platform.media_origins = [*platform.media_origins, hook.origin]
    platform.save()
    return add_endpoint(platform=platform, url=hook.origin + "/hook", actor="system", now=now)
