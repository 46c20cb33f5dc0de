"""Fixtures of banks: entries by short calls, and segments that are this test's alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from staydown.types import Fingerprint
from staydown_web.accounts.models import Approval, User
from staydown_web.accounts.services import ask_approval, grant_approval
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import Added, add_entry, close_segments


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Path]:
    """Segments in folders of their own; gives the folder of the sealed snapshots."""
    close_segments()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": settings.STAYDOWN_KEYS,
    }
    with override_settings(**changed):
        yield tmp_path / "home" / "segments"
        close_segments()


@pytest.fixture
def add(bank: Bank, now: Any, segments: Path) -> Callable[..., Added]:
    """``add(fingerprint)`` puts a seed into the bank."""

    def added(fingerprint: Fingerprint, **more: Any) -> Added:
        given = {"bank": bank, "origin": Entry.Origin.NOTICE, "actor": "person", "now": now}
        return add_entry(fingerprint=fingerprint, **given | more)

    return added


@pytest.fixture
def approved(lead: User, admin: User, now: Any) -> Callable[..., Approval]:
    """``approved(what)`` is asked for by one person and granted by another."""

    def approve(what: str, *, is_granted: bool = True, **facts: Any) -> Approval:
        asked = ask_approval(what=what, facts=facts, reason="a licence", user=lead, now=now)
        return grant_approval(approval_id=asked.pk, user=admin, now=now) if is_granted else asked

    return approve
