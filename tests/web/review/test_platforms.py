"""What is asked of a platform: its size is kept, an address that nothing reaches is refused."""

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


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.1/", "Enter a valid URL."),
        ("http://0x7f.1/", "Enter a valid URL."),
        ("http://169.254.169.254/", "Nothing is ever fetched from"),
        ("http://0.0.0.0/", "Nothing is ever fetched from"),
        ("http://[::ffff:10.0.0.1]/", "Nothing is ever fetched from"),
        ("https://ann@forum.example/", "and no user name"),
        ("https://forum.example:0/", "and no user name"),
    ],
)
def test_an_address_of_the_site_that_nothing_reaches_is_refused(
    admin_client: Any, platform: Platform, url: str, said: str
) -> None:
    before = platform.public_url
    answer = admin_client.post(
        f"/staff/platforms/{platform.pk}/", {"name": "Forum", "public_url": url}
    )
    assert answer.status_code == 200
    assert said in answer.context["form"].errors["public_url"][0]
    platform.refresh_from_db()
    assert platform.public_url == before


@pytest.mark.parametrize(
    "url", ["", "https://forum.example/en/", "http://127.0.0.1:8001", "https://forum.internal/"]
)
def test_an_address_of_the_site_may_be_one_of_its_own_network(
    admin_client: Any, platform: Platform, url: str
) -> None:
    typed = {"name": "Forum", "public_url": url}
    assert admin_client.post(f"/staff/platforms/{platform.pk}/", typed).status_code == 302
    platform.refresh_from_db()
    assert platform.public_url == url
