"""A statement says which upload it is about: its id on the platform, and when it was first seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from her_page import plain
from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.accounts.models import Platform, User
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statement

pytestmark = pytest.mark.django_db
AT = "First seen on 26 November 2026, 09:00 UTC."
DAY = "First seen on 26 November 2026."


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Any, settings: Any) -> None:
    settings.STAYDOWN_HOME = tmp_path


def stated(platform: Platform, user: User, now: datetime, **copy: Any) -> Statement:
    task = make_task(platform, now, make_copy(platform, now, **copy))
    made = decide_firmly(task, user, now)
    return make_statement(decision=made, copy=task.copies.get(), now=now)


def told(statement: Statement) -> tuple[str, str]:
    """The page of the uploader, and the text that the platform hands on."""
    said = said_by(statement)
    page = Client().get(reverse("reports:statement", args=[said.token])).text
    return plain(page), message_of(statement, said)["texts"]["en"]


def test_an_upload_without_an_id_is_known_by_the_minute_in_which_it_was_uploaded(
    platform: Platform, reviewer: User, now: datetime
) -> None:
    made = stated(platform, reviewer, now, source="upload", content_ref="")
    for text in told(made):
        assert f"Which one {AT}" in " ".join(text.split())
        assert "127.0.0.1:8161/media" not in text, "no address: whoever has the link would have it"


def test_the_id_stands_beside_the_moment(platform: Platform, reviewer: User, now: datetime) -> None:
    made = stated(platform, reviewer, now, source="upload", content_ref="post-7")
    for text in told(made):
        assert f"Which one post-7 {AT}" in " ".join(text.split())


def test_of_what_a_notice_named_the_day_alone_is_said(
    platform: Platform, reviewer: User, now: datetime
) -> None:
    """The minute would be that of the notice, which leads to whoever sent it."""
    made = stated(platform, reviewer, now, source="notice", content_ref="")
    for text in told(made):
        assert f"Which one {DAY}" in " ".join(text.split())
        assert "09:00" not in text


def test_what_nobody_saw_here_was_not_first_seen_here(
    platform: Platform, reviewer: User, now: datetime
) -> None:
    made = decide_firmly(make_task(platform, now), reviewer, now)
    for text in told(make_statement(decision=made, copy=None, now=now)):
        assert "Which one" not in text
        assert "First seen" not in text
