"""Fixtures of hooks: segments of this test alone, a banked picture and copies of it, a caller."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from PIL import Image, ImageOps

from media_files import MEDIA
from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform
from staydown_web.accounts.services.keys import forget_keys
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry, close_segments, confirm_entries
from staydown_web.hooks.models import Hook
from staydown_web.hooks.services import create_hook, forget_hooks


@pytest.fixture(autouse=True)
def _own_segments(tmp_path: Path) -> Iterator[None]:
    close_segments()
    forget_keys()
    forget_hooks()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": settings.STAYDOWN_KEYS,
    }
    with override_settings(**changed):
        yield
        close_segments()


def encoded(image: Image.Image) -> bytes:
    """A JPEG of a picture."""
    file = io.BytesIO()
    image.save(file, "jpeg", quality=80)
    return file.getvalue()


@pytest.fixture(scope="session")
def mirrored() -> bytes:
    """The banked picture, turned round as in a mirror and compressed again."""
    with Image.open(MEDIA / "bridge.jpg") as bridge:
        return encoded(ImageOps.mirror(bridge))


@pytest.fixture(scope="session")
def cropped() -> bytes:
    """The same, with a tenth cut away at two sides."""
    with Image.open(MEDIA / "bridge.jpg") as bridge:
        width, height = bridge.size
        cut = bridge.crop((width // 10, height // 10, width, height))
        return encoded(ImageOps.mirror(cut))


@pytest.fixture(scope="session")
def other() -> bytes:
    """A picture that nobody reported."""
    return (MEDIA / "maple.jpg").read_bytes()


@pytest.fixture
def banked(bank: Bank, demo_fingerprint: Callable[[str], Fingerprint], now: Any) -> Entry:
    """``bridge.jpg`` is in the bank, and a person confirmed it."""
    entry = add_entry(
        bank=bank,
        fingerprint=demo_fingerprint("bridge.jpg"),
        origin=Entry.Origin.NOTICE,
        actor="person",
        now=now,
    ).entry
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    return entry


@pytest.fixture
def seeded(bank: Bank, demo_fingerprint: Callable[[str], Fingerprint], now: Any) -> Entry:
    """``bridge.jpg`` is in the bank, and nobody confirmed it yet."""
    return add_entry(
        bank=bank,
        fingerprint=demo_fingerprint("bridge.jpg"),
        origin=Entry.Origin.NOTICE,
        actor="person",
        now=now,
    ).entry


@pytest.fixture
def make_hook(platform: Platform, now: Any) -> Callable[..., tuple[Hook, str]]:
    """``make_hook("pict-rs", …)`` gives a hook and its secret; closed and refusing if not said."""

    def made(kind: str, **more: Any) -> tuple[Hook, str]:
        given = {"on_failure": "closed", "on_hold": "refuse", "name": kind} | more
        return create_hook(platform=platform, kind=kind, actor="system", now=now, **given)

    return made


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """``send("pict-rs", secret, body)`` calls a hook; the answer."""

    def sent(kind: str, secret: str, body: Any, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {secret}"} | more.pop("headers", {})
        given = {"content_type": "image/jpeg"} | more
        return client.post(f"/hooks/{kind}/", body, headers=headers, **given)

    return sent
