"""What an uploader's statement promises of new copies once whoever asked has taken that back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import HOUR, Stage, file, removed
from staydown_web.accounts.models import Platform, User
from staydown_web.banks.models import Entry
from staydown_web.base.clock import utc_now
from staydown_web.cases.services import ask_withdrawal
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statements, make_waiting_statements
from staydown_web.review.models import StatementTelling

pytestmark = pytest.mark.django_db
STOPPED = "New copies of it are stopped too."


def state_all(now: datetime) -> None:
    """The uploader is told, however long that waits for her."""
    make_statements(now)
    StatementTelling.objects.update(until=now)
    make_waiting_statements(now)


def said() -> tuple[str, str]:
    """The page behind the link, and the platform's message."""
    statement = Statement.objects.get()
    facts = said_by(statement)
    page = Client().get(reverse("reports:statement", args=[facts.token])).text
    return page, message_of(statement, facts)["texts"]["en"]


@pytest.mark.parametrize("when", ["standing", "waited", "kept by another", "in doubt"])
def test_a_statement_promises_of_new_copies_what_holds_now(
    platform: Platform, reviewer: User, user_named: Callable[..., User], when: str
) -> None:
    stage = Stage(platform, f"{platform.media_origins[0]}/same.jpg", reviewer, user_named("sara"))
    case, now = removed(stage), utc_now()
    if when == "kept by another":
        file(stage, HOUR)
    if when != "waited":
        state_all(now)
        assert all(STOPPED in text for text in said())

    if when == "in doubt":
        Entry.objects.update(state="disputed")
    else:
        ask_withdrawal(case=case, now=now)
    state_all(now)

    for text in said():
        assert "Without an end." in text
        assert (STOPPED in text) == (when == "kept by another")
