"""Links that work once, roles, and the last administrator."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts import services
from staydown_web.accounts.models import Invitation, Platform, User
from staydown_web.accounts.selectors import default_platform, has_role
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError

pytestmark = pytest.mark.django_db
NEW = "four unrelated paper boats"


def join(client, token: str, **data: str):
    given = {"name": "nora", "password": NEW, "again": NEW, "pseudonym": "Reviewer 31", **data}
    return client.post(reverse("accounts:join", args=[token]), given)


def test_a_link_makes_a_colleague_and_works_once(client, db) -> None:
    token = services.invite(role=User.Role.ADMIN, now=utc_now())
    assert token not in str(Invitation.objects.values_list()), "only its digest is kept"
    page = client.get(reverse("accounts:join", args=[token]))
    assert page.status_code == 200
    assert b"Reviewer " in page.content, "a neutral pseudonym is proposed"
    answer = join(client, token)
    assert answer.url == reverse("accounts:set_up_factor")
    made = User.objects.get(username="nora")
    assert (made.role, made.pseudonym) == ("admin", "Reviewer 31")
    assert join(client, token, name="second").status_code == 404


def test_who_left_after_the_password_is_sent_on_to_where_they_were(client, db) -> None:
    token = services.invite(role=User.Role.ADMIN, now=utc_now())
    join(client, token)
    client.logout()
    page = client.get(reverse("accounts:join", args=[token]))
    assert page.status_code == 404
    assert "sign in with it, and you go on where you were" in page.text
    given = {"name": "nora", "password": NEW}
    answer = client.post(reverse("accounts:login"), given, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("accounts:set_up_factor"))


def test_an_old_link_opens_nothing(client, db) -> None:
    token = services.invite(
        role=User.Role.REVIEWER, now=utc_now() - timedelta(days=3), valid_for=timedelta(days=2)
    )
    assert client.get(reverse("accounts:join", args=[token])).status_code == 404
    assert join(client, token).status_code == 404
    assert client.get(reverse("accounts:join", args=["made-up"])).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", b"too short"),
        ("again", "another one altogether", b"differ"),
        ("name", "No Spaces", b"small letters"),
        ("pseudonym", "<b>", b"letters, digits"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said(client, db, field, value, words) -> None:
    token = services.invite(role=User.Role.REVIEWER, now=utc_now())
    both = {"again": value} if field == "password" else {}
    answer = join(client, token, **{field: value}, **both)
    assert words in answer.content
    assert not User.objects.exists()
    assert client.get(reverse("accounts:join", args=[token])).status_code == 200, "not used up"


@pytest.mark.parametrize("is_new", [True, False])
def test_all_that_is_wrong_with_a_password_is_told_at_its_field(client, reviewer, is_new) -> None:
    token = services.invite(
        role=User.Role.REVIEWER, user=None if is_new else reviewer, now=utc_now()
    )
    person = {"name": "new-one", "pseudonym": "Heron"} if is_new else {}
    answer = client.post(
        reverse("accounts:join", args=[token]),
        {**person, "password": "password", "again": "passwort"},
    )
    html = answer.content.decode()
    first, second = html.split('name="password"')[0], html.split('name="password"')[1]
    assert "This password is too short. It must contain at least 12 characters." in first
    assert "This password is too common." in first
    assert "The two passwords differ. Please type it again." in second


def test_a_taken_name_keeps_the_link(client, reviewer) -> None:
    token = services.invite(role=User.Role.REVIEWER, now=utc_now())
    answer = join(client, token, name="rita")
    assert b"taken" in answer.content
    assert join(client, token).status_code == 302


def test_a_reset_link_takes_the_old_second_factor_away(client, admin, reviewer) -> None:
    token = services.invite(role=reviewer.role, user=reviewer, created_by=admin, now=utc_now())
    answer = client.post(reverse("accounts:join", args=[token]), {"password": NEW, "again": NEW})
    assert answer.url == reverse("accounts:set_up_factor")
    assert not TOTPDevice.objects.filter(user=reviewer, confirmed=True).exists()
    reviewer.refresh_from_db()
    assert reviewer.check_password(NEW)


def test_two_uses_of_one_link_make_one_colleague(db, now) -> None:
    token = services.invite(role=User.Role.REVIEWER, now=now)
    use = {"token": token, "password": NEW, "pseudonym": "", "now": now}
    services.accept_invitation(name="first", **use)
    with pytest.raises(RecordNotFoundError):
        services.accept_invitation(name="second", **use)
    assert User.objects.count() == 1


def test_the_last_administrator_stays(admin, reviewer, now) -> None:
    for change in (
        lambda: services.disable_user(user_id=admin.pk, actor=admin, now=now),
        lambda: services.change_role(user_id=admin.pk, role="lead", actor=admin, now=now),
    ):
        with pytest.raises(RecordConflictError):
            change()
    services.change_role(user_id=reviewer.pk, role="admin", actor=admin, now=now)
    services.disable_user(user_id=admin.pk, actor=reviewer, now=now)
    admin.refresh_from_db()
    assert not admin.is_active


@pytest.mark.parametrize(
    "given", [{"do": "role", "role": "lead"}, {"do": "role", "role": "reviewer"}, {"do": "disable"}]
)
def test_the_page_says_why_the_last_administrator_stays(admin_client, admin, given) -> None:
    sent = admin_client.post(reverse("accounts:change_user", args=[admin.pk]), given)
    assert sent.status_code == 409
    assert sent.text.count("this is the last administrator. Make another one first.") == 1
    assert f'id="role-{admin.pk}" name="role" aria-invalid="true"' in sent.text
    assert "Somebody was quicker" not in sent.text
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == ("admin", True)


def test_the_page_of_people_is_for_administrators(
    admin_client, lead_client, reviewer_client, reviewer
) -> None:
    address = reverse("accounts:people")
    assert reviewer_client.get(address).status_code == 403
    assert lead_client.get(address).status_code == 403
    assert b"rita" in admin_client.get(address).content
    link = admin_client.post(reverse("accounts:invite"), {"role": "lead"})
    assert b"/staff/join/" in link.content
    change = reverse("accounts:change_user", args=[reviewer.pk])
    admin_client.post(change, {"do": "role", "role": "lead"})
    reviewer.refresh_from_db()
    assert reviewer.role == "lead"
    admin_client.post(change, {"do": "disable"})
    reviewer.refresh_from_db()
    assert not reviewer.is_active


def test_each_chooses_limits_of_their_own(reviewer_client, reviewer) -> None:
    page = reverse("accounts:me")
    reviewer_client.post(page, {"exposure_limit": "5", "break_every_minutes": "30"})
    reviewer.refresh_from_db()
    assert (reviewer.exposure_limit, reviewer.break_every_minutes) == (5, 30)
    assert b"spare" in reviewer_client.get(page).content


def test_roles_hold_the_rights_of_those_before(reviewer, lead, admin) -> None:
    held = {
        u.role: [has_role(u, r) for r in ("reviewer", "lead", "admin")]
        for u in (reviewer, lead, admin)
    }
    assert held == {
        "reviewer": [True, False, False],
        "lead": [True, True, False],
        "admin": [True, True, True],
    }
    assert not has_role(None, "reviewer")


def test_the_default_platform_is_the_chosen_one_else_the_first(
    platform, other_platform, now
) -> None:
    assert default_platform() == platform
    from staydown_web.accounts.models import ServiceSettings

    ServiceSettings.objects.update(default_platform=other_platform)
    assert default_platform() == other_platform
    ServiceSettings.objects.all().delete()
    Platform.objects.filter(pk=platform.pk).update(created_at=now - timedelta(days=1))
    assert default_platform() == platform
    Platform.objects.all().delete()
    assert default_platform() is None


def test_keys_are_made_shown_once_and_revoked(admin_client, reviewer_client, platform) -> None:
    page = reverse("accounts:keys")
    assert reviewer_client.get(page).status_code == 403
    assert b"No key yet" in admin_client.get(page).content
    made = admin_client.post(
        page,
        {"name": "uploads", "platform": platform.pk, "scopes": ["check"], "per_minute": "0"},
    )
    key = platform.keys.get()
    assert b"sd_" in made.content
    assert b"sd_" not in admin_client.get(page).content
    admin_client.post(reverse("accounts:revoke_key", args=[key.pk]))
    key.refresh_from_db()
    assert key.revoked_at is not None
