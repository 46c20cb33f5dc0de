"""Cases with links on sites of the little internet, which are looked at by real requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from helpline_scene import make_case
from little_internet import Net, Scenario, little_internet
from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from staydown_web.escalation.models import Watch
from staydown_web.escalation.services.watching import look_at_due, watch_left_places

NAMES: dict[str, Any] = {
    "pics.example": {"A": ["192.0.2.41"]},
    "www.pics.example": {"A": ["192.0.2.41"]},
    "mirror.example": {"A": ["192.0.2.42"]},
    "small.example": {"A": ["192.0.2.43"]},
    "down.example": {"A": ["192.0.2.66"]},
    "inner.example": {"A": ["10.0.0.7"]},
}


@pytest.fixture
def net() -> Iterator[Net]:
    """A little internet with some sites that hold nothing yet."""
    sites: dict[str, Any] = {host: {} for host in NAMES}
    with little_internet(Scenario(names=NAMES, sites=sites, down=("192.0.2.66",))) as running:
        yield running


@pytest.fixture
def agreed(platform: Platform, now: datetime) -> Callable[..., Case]:
    """``agreed("pics.example")``: a valid, agreed case with one link on each of these hosts."""

    def make(*hosts: str, **values: Any) -> Case:
        case = make_case(platform, now, served=0, elsewhere=hosts)
        Case.objects.filter(pk=case.pk).update(**{"providers_agreed_at": now, **values})
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def look(net: Net) -> Callable[..., int]:
    """``look(hours=1)``: the clock goes on, places are watched, and what is due is looked at."""

    def run(**later: float) -> int:
        now = net.clock.move(**later) if later else net.clock()
        watch_left_places(now)
        done = 0
        while found := look_at_due(now=net.clock(), clock=net.clock, ways=net.ways()):
            done += found
            net.clock.move(seconds=3)
        return done

    return run


def state_of(case: Case, position: int = 1) -> str:
    """What is known of a link of a case."""
    return Watch.objects.get(location__case=case, location__position=position).state
