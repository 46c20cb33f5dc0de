"""A program's key gets a new text; for a while both are taken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from staydown_web.accounts.models import ApiKey, Platform
from staydown_web.accounts.services import authenticate, renew_api_key, revoke_api_key
from staydown_web.accounts.services.keys import MOST_OVERLAP, forget_keys
from staydown_web.audit.models import Event
from staydown_web.base.errors import FieldsError, KeyUnknownError, RecordNotFoundError

pytestmark = pytest.mark.django_db


def is_taken(text: str) -> bool:
    forget_keys()
    try:
        authenticate(f"Bearer {text}", "check")
    except KeyUnknownError:
        return False
    return True


def renew(key: ApiKey, **options: Any) -> str:
    values = {"overlap": timedelta(hours=24), "actor": "system", "now": datetime.now(UTC)}
    return renew_api_key(key_id=key.pk, **{**values, **options})[1]


def test_both_texts_are_taken_until_the_old_one_ends(api_key: tuple[ApiKey, str]) -> None:
    key, old = api_key
    before = authenticate(f"Bearer {old}", "check")
    new = renew(key)
    assert is_taken(old)
    assert is_taken(new)
    assert authenticate(f"Bearer {new}", "check") == before, "scopes and id stay"
    ApiKey.objects.filter(pk=key.pk).update(old_until=datetime.now(UTC) - timedelta(seconds=1))
    assert not is_taken(old)
    assert is_taken(new)


def test_without_an_overlap_the_old_text_ends_at_once(api_key: tuple[ApiKey, str]) -> None:
    new = renew(api_key[0], overlap=timedelta())
    assert (is_taken(api_key[1]), is_taken(new)) == (False, True)


def test_a_second_renewal_ends_the_oldest_text(api_key: tuple[ApiKey, str]) -> None:
    texts = [api_key[1], renew(api_key[0]), renew(api_key[0])]
    assert [is_taken(text) for text in texts] == [False, True, True]


def test_a_revoked_key_ends_with_both_its_texts(api_key: tuple[ApiKey, str], now: Any) -> None:
    new = renew(api_key[0])
    revoke_api_key(key_id=api_key[0].pk, actor="system", now=now)
    assert not is_taken(api_key[1])
    assert not is_taken(new)
    with pytest.raises(RecordNotFoundError):
        renew(api_key[0])


def test_an_overlap_has_bounds(api_key: tuple[ApiKey, str]) -> None:
    for overlap in (timedelta(seconds=-1), MOST_OVERLAP + timedelta(seconds=1)):
        with pytest.raises(FieldsError):
            renew(api_key[0], overlap=overlap)
    assert is_taken(api_key[1])


def test_the_audit_says_for_how_long_and_neither_text(api_key: tuple[ApiKey, str]) -> None:
    new = renew(api_key[0], overlap=timedelta(days=7))
    event = Event.objects.get(what="key_renewed")
    assert (event.subject, event.facts) == (f"key:{api_key[0].pk}", {"hours": 168})
    assert new not in json.dumps(event.facts)


def test_the_command_finds_a_key_by_name_or_id(
    api_key: tuple[ApiKey, str], platform: Platform, key_for: Any
) -> None:
    key = api_key[0]
    ApiKey.objects.filter(pk=key.pk).update(name="forum")
    out = StringIO()
    call_command("rotate-api-key", "forum", "--overlap", "7d", "--json", stdout=out)
    row = json.loads(out.getvalue())
    assert is_taken(row["key"])
    assert is_taken(api_key[1])
    other, _text = key_for(platform, "check")
    ApiKey.objects.filter(pk=other.pk).update(name="forum")
    with pytest.raises(CommandError, match="several"):
        call_command("rotate-api-key", "forum")
    out = StringIO()
    call_command("rotate-api-key", str(key.pk), "--overlap", "0m", stdout=out, stderr=StringIO())
    assert is_taken(out.getvalue().strip())
    assert not is_taken(row["key"])
    for name in ("nobody", str(platform.pk)):
        with pytest.raises(CommandError, match="no key"):
            call_command("rotate-api-key", name)
    with pytest.raises(CommandError):
        call_command("rotate-api-key", "forum", "--overlap", "soon")
