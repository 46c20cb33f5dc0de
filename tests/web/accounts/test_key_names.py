"""Which of several keys is meant: no second one in use has the name of the first."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from staydown_web.accounts.models import ApiKey, Platform
from staydown_web.accounts.services import create_api_key, revoke_api_key

pytestmark = pytest.mark.django_db
TAKEN = "A key in use for this platform has this name."


def made(platform: Platform, name: str) -> ApiKey:
    given = {"scopes": ["check"], "per_minute": 0, "actor": "system", "now": timezone.now()}
    return create_api_key(platform=platform, name=name, **given)[0]


@pytest.fixture
def other(platform: Platform) -> Platform:
    return Platform.objects.create(name="Other", slug="other", created_at=timezone.now())


def test_a_name_that_is_in_use_is_refused_on_the_page(
    admin_client: Client, platform: Platform, other: Platform
) -> None:
    key = made(platform, "upload check")

    def asked(where: Platform, name: str) -> str:
        form = {"name": name, "platform": where.pk, "scopes": ["check"], "per_minute": 0}
        return admin_client.post(reverse("accounts:keys"), form).content.decode()

    assert TAKEN in asked(platform, " Upload check ")
    assert platform.keys.count() == 1
    assert TAKEN not in asked(other, "upload check")
    revoke_api_key(key_id=key.pk, actor="system", now=timezone.now())
    assert TAKEN not in asked(platform, "upload check")
    assert (platform.keys.count(), other.keys.count()) == (2, 1)


def test_a_name_that_is_in_use_is_refused_by_the_command(
    platform: Platform, other: Platform
) -> None:
    made(platform, "bot")
    words = ("create-api-key", "bot", "--scope", "check", "--platform")
    with pytest.raises(CommandError, match=r"error\[fields_invalid\]: name: another one: a key"):
        call_command(*words, platform.slug)
    call_command(*words, other.slug)
    assert (platform.keys.count(), other.keys.count()) == (1, 1)


def test_keys_of_one_name_from_before_can_still_be_revoked(
    admin_client: Client, platform: Platform
) -> None:
    first, second = made(platform, "bot"), made(platform, "bot")
    page = admin_client.get(reverse("accounts:keys")).content.decode()
    assert page.count('aria-label="Revoke the key bot"') == 2
    admin_client.post(reverse("accounts:revoke_key", args=[first.pk]))
    assert list(platform.keys.filter(revoked_at=None)) == [second]


def test_a_key_made_again_while_setting_up_has_a_number(
    admin_client: Client, platform: Platform
) -> None:
    Platform.objects.filter(pk=platform.pk).update(name="n" * 119)
    for _ in range(3):
        admin_client.post(reverse("setup:connect"))
    names = set(platform.keys.values_list("name", flat=True))
    assert len(names) == 3
    assert {len(name) for name in names} == {120}
    Platform.objects.filter(pk=platform.pk).update(name="Forum")
    for _ in range(2):
        admin_client.post(reverse("setup:connect"))
    assert set(platform.keys.values_list("name", flat=True)) - names == {
        "Forum: uploads",
        "Forum: uploads 2",
    }
