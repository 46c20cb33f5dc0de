"""A case that may be escalated now, and the people who act on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from policy_scene import World, make_world
from staydown_web.accounts.models import Platform, User


@pytest.fixture
def reviewers(user_named: Any) -> list[User]:
    """Three reviewers."""
    return [user_named("anna"), user_named("bela"), user_named("cleo")]


@pytest.fixture
def world(platform: Platform, reviewers: list[User], now: datetime) -> World:
    """Proven, on a site where people post."""
    return make_world(platform, reviewers, now)


@pytest.fixture
def dedicated(platform: Platform, reviewers: list[User], now: datetime) -> World:
    """Proven, on a site that is made for such pictures."""
    return make_world(platform, reviewers, now, kind="dedicated")
