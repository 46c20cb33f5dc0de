"""Fixtures of the pages: pics.example as in the design, and everybody who may look at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from chain_scene import Scene, make_scene, make_sender, watch
from staydown_web.accounts.models import Platform
from staydown_web.base.clock import utc_now


@pytest.fixture
def scene(platform: Platform, now: datetime) -> Scene:
    """An escalation with two reports ready to sign, and a sender that is switched on."""
    make_sender(now)
    return make_scene(platform, now)


@pytest.fixture
def fresh(platform: Platform) -> Scene:
    """The same at this very moment, with links that were looked at: its reports can be signed."""
    moment = utc_now()
    make_sender(moment)
    scene = make_scene(platform, moment, domain="forum-of-others.example")
    watch(scene, ("there", "there", "there"), moment)
    return scene


@pytest.fixture
def reviewer_b(user_named: Any) -> Any:
    """A second reviewer."""
    return user_named("bela")
