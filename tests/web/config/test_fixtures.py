"""The shared fixtures give what their names say, on either database."""

from __future__ import annotations

import hashlib

import pytest
from django.db import connection

from staydown_web.accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db


def test_a_key_is_kept_as_its_digest_alone(api_key: tuple[ApiKey, str]) -> None:
    key, text = api_key
    assert ApiKey.objects.get(digest=hashlib.sha256(text.encode()).hexdigest()) == key
    assert text not in str(vars(key))


def test_each_role_has_a_second_factor(reviewer: User, lead: User, admin: User) -> None:
    assert [user.role for user in (reviewer, lead, admin)] == ["reviewer", "lead", "admin"]
    assert all(user.totpdevice_set.filter(confirmed=True).exists() for user in (reviewer, admin))


def test_sqlite_keeps_a_log_that_survives_power_loss() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("another database")
    names = ("journal_mode", "synchronous")
    with connection.cursor() as cursor:
        modes = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    assert modes == ["wal", 2]
