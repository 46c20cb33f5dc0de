"""Fixtures of screening: entries, callers, and segments that are this test's alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform
from staydown_web.accounts.services import Caller
from staydown_web.accounts.services.keys import forget_keys
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry, close_segments, confirm_entries
from staydown_web.screening.services import Outcome, check


@pytest.fixture(autouse=True)
def segments(tmp_path: Path) -> Iterator[Path]:
    """Segments and keys in folders of their own."""
    close_segments()
    forget_keys()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": settings.STAYDOWN_KEYS,
    }
    with override_settings(**changed):
        yield tmp_path / "home" / "segments"
        close_segments()


@pytest.fixture
def seed(bank: Bank, now: Any) -> Callable[..., Entry]:
    """``seed(fingerprint)`` puts an entry into the bank that nobody confirmed."""

    def made(fingerprint: Fingerprint, **more: Any) -> Entry:
        given = {"bank": bank, "origin": Entry.Origin.NOTICE, "actor": "person", "now": now}
        return add_entry(fingerprint=fingerprint, **given | more).entry

    return made


@pytest.fixture
def confirmed(seed: Callable[..., Entry], now: Any) -> Callable[..., Entry]:
    """``confirmed(fingerprint)`` puts an entry into the bank that a person confirmed."""

    def made(fingerprint: Fingerprint, **more: Any) -> Entry:
        entry = seed(fingerprint, **more)
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        return entry

    return made


@pytest.fixture
def caller(platform: Platform, key_for: Any) -> Caller:
    """A program that sees verdicts alone."""
    key, _ = key_for(platform, "check", "library")
    return Caller(platform.pk, key.pk, frozenset(key.scopes))


@pytest.fixture
def trusted(platform: Platform, key_for: Any) -> Caller:
    """A program that sees details."""
    key, _ = key_for(platform, "check", "library", "match:detail")
    return Caller(platform.pk, key.pk, frozenset(key.scopes))


@pytest.fixture
def ask(caller: Caller, now: Any) -> Callable[..., Outcome]:
    """``ask(fingerprint)`` checks an upload."""

    def asked(fingerprint: Fingerprint, **more: Any) -> Outcome:
        return check(fingerprint=fingerprint, **{"caller": caller, "now": now} | more)

    return asked
