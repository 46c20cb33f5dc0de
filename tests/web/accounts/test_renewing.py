"""A way back in for the only administrator: a link from the machine itself."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import User
from staydown_web.accounts.services import disable_user, renew_sign_in
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError

pytestmark = pytest.mark.django_db
NEW = "four unrelated paper boats"


def link_for(name: str, *more: str) -> str:
    said = StringIO()
    call_command("renew-sign-in", name, *more, stdout=said)
    return said.getvalue().strip()


def use(client: Any, link: str) -> Any:
    return client.post(
        link.removeprefix("http://localhost:8000").removeprefix("http://127.0.0.1:8000"),
        {"name": "", "password": NEW, "again": NEW, "pseudonym": ""},
    )


def test_the_only_administrator_comes_in_again_by_a_link_from_the_machine(
    client: Any, admin: User, settings: Any
) -> None:
    settings.STAYDOWN_URL = "http://localhost:8000"
    TOTPDevice.objects.create(user=admin, name="lost", confirmed=True)

    link = link_for(admin.username)

    assert link.startswith("http://localhost:8000/staff/join/")
    assert TOTPDevice.objects.filter(user=admin).exists(), "until the link is used nothing changes"
    assert use(client, link).url == reverse("accounts:set_up_factor")
    admin.refresh_from_db()
    assert admin.check_password(NEW)
    assert admin.role == User.Role.ADMIN
    assert not TOTPDevice.objects.filter(user=admin, confirmed=True).exists()
    assert use(client, link).status_code == 404, "it works once"


def test_both_are_in_the_audit(client: Any, admin: User, settings: Any) -> None:
    settings.STAYDOWN_URL = "http://localhost:8000"
    use(client, link_for(admin.username))

    made = Event.objects.get(what="user_invited")
    assert (made.actor, made.facts["purpose"]) == ("system", "reset")
    assert Event.objects.get(what="user_joined").subject == f"user:{admin.pk}"


def test_only_the_newest_link_works(client: Any, admin: User, settings: Any) -> None:
    settings.STAYDOWN_URL = "http://localhost:8000"
    first, second = link_for(admin.username), json.loads(link_for(admin.username, "--json"))["link"]

    assert use(client, first).status_code == 404
    assert use(client, second).status_code == 302


def test_it_is_too_old_after_two_days(client: Any, admin: User) -> None:
    token = renew_sign_in(name=admin.username, now=utc_now() - timedelta(days=2, minutes=1))
    assert client.get(reverse("accounts:join", args=[token])).status_code == 404


def test_nobody_comes_in_who_is_not_known_or_let_in_no_more(admin: User, reviewer: User) -> None:
    disable_user(user_id=reviewer.pk, actor=admin, now=utc_now())
    with pytest.raises(RecordNotFoundError):
        renew_sign_in(name=reviewer.username, now=utc_now())
    with pytest.raises(CommandError, match="record_not_found"):
        link_for("nobody")
