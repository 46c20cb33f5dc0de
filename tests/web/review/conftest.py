"""A queue with one task of each kind, and a site that serves what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from review_scene import (
    Site,
    edited,
    file_notice,
    found,
    make_copy,
    make_entry,
    place_copy,
    serve_site,
)
from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import close_segments
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.review import tasks
from staydown_web.review.models import Task
from staydown_web.screening.models import Copy

ALTERED, PART, SAME = "pagoda.jpg", "bridge.jpg", "citrus.jpg"


@pytest.fixture(autouse=True)
def _segments_of_this_test_alone() -> Iterator[None]:
    yield
    close_segments()


@pytest.fixture
def site(platform: Platform) -> Iterator[Site]:
    """The platform's media origin."""
    with serve_site() as served:
        platform.media_origins = [served.origin]
        platform.save()
        yield served


@pytest.fixture
def today() -> datetime:
    """Now: sessions and decisions of a browser go by the clock."""
    return utc_now()


@pytest.fixture
def entry(bank: Bank, today: datetime) -> Entry:
    """A seed."""
    return make_entry(bank, SAME, today)


@pytest.fixture
def held(platform: Platform, entry: Entry, today: datetime) -> Callable[..., Copy]:
    """``held(group="a")``: an upload that the seed holds."""

    def make(**values: Any) -> Copy:
        return make_copy(platform, values.pop("entry", entry), today, **values)

    return make


@pytest.fixture
def upload(held: Callable[..., Copy], today: datetime) -> Task:
    """A held upload in the queue, without a case."""
    copy = held(group="upload", match=("same", 0.97, {}))
    tasks.take_in(today)
    return copy.tasks.get()


@pytest.fixture
def noticed(platform: Platform, site: Site, today: datetime) -> Callable[..., tuple[Case, Task]]:
    """``noticed(how="altered")``: a valid notice whose place shows an edited copy, in the queue."""

    def make(
        how: str = "altered", name: str = ALTERED, hours_ago: int = 27, **answers: Any
    ) -> tuple[Case, Task]:
        url = site.put(f"{how}-{name}", edited(name, how))
        filed_at = today - timedelta(hours=hours_ago)
        case = file_notice(platform, [name], filed_at, urls=[url], **answers)
        claimed = case.items.get().claims.get().entry
        copy = make_copy(
            platform,
            claimed,
            today,
            match=found(name, how),
            url=url,
            group=f"{how} {name}",
            source=Copy.Source.NOTICE,
            state=Copy.State.SEEN,
        )
        place_copy(case, copy, today)
        tasks.take_in(today)
        return case, copy.tasks.get()

    return make
