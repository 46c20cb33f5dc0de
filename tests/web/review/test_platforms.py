"""A platform's size is asked, kept, and left alone by what does not speak of it."""

from __future__ import annotations

from typing import Any

import pytest

from staydown_web.accounts.models import Platform
from staydown_web.accounts.services import save_platform

pytestmark = pytest.mark.django_db


def test_the_size_is_kept_and_setup_leaves_it_as_it_is(
    admin_client: Any, platform: Platform, now: Any
) -> None:
    address = f"/staff/platforms/{platform.pk}/"
    typed = {"name": "Forum", "regimes": ["eu-dsa", "in-it-rules"], "size": "micro"}

    assert admin_client.post(address, typed).status_code == 302

    platform.refresh_from_db()
    assert (platform.size, platform.regimes) == ("micro", ["eu-dsa", "in-it-rules"])
    assert 'value="micro" selected' in admin_client.get(address).content.decode()
    save_platform(
        platform_id=platform.pk,
        name="Forum",
        public_url="",
        legal_email="",
        minors_contact="",
        media_origins=[],
        regimes=["eu-dsa"],
        is_default=False,
        actor="system",
        now=now,
    )
    platform.refresh_from_db()
    assert platform.size == "micro"


def test_another_size_is_refused(admin_client: Any, platform: Platform) -> None:
    answer = admin_client.post(f"/staff/platforms/{platform.pk}/", {"name": "F", "size": "giant"})
    assert answer.status_code == 200
    platform.refresh_from_db()
    assert platform.size == ""
