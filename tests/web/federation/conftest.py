"""Installations over there, and entries here whose people agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from staydown.types import Fingerprint
from staydown_web.banks.services import close_segments
from staydown_web.base.keys import make_keys
from web.federation.peers import Peer


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """Segments and keys of this test alone."""
    close_segments()
    make_keys(tmp_path / "keys")
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": tmp_path / "keys",
    }
    assert changed["STAYDOWN_KEYS"] != settings.STAYDOWN_KEYS
    with override_settings(**changed):
        yield tmp_path
        close_segments()


@pytest.fixture
def peer() -> Peer:
    """Another installation."""
    return Peer("north")


@pytest.fixture
def other_peer() -> Peer:
    """A third one."""
    return Peer("south")


@pytest.fixture
def raw_of(drawn_fingerprint: Callable[[int], Fingerprint]) -> Callable[[int], bytes]:
    """``raw_of(3)``: the binary form of a drawn fingerprint."""
    return lambda seed: drawn_fingerprint(seed).to_bytes()
