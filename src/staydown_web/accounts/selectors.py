"""Who works here, and which platform is meant where nobody says."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import (
    Approval,
    Flagger,
    Invitation,
    Platform,
    ServiceSettings,
    SignIn,
    Team,
    User,
)
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordNotFoundError
from staydown_web.base.ordering import reading_order
from staydown_web.base.sealing import digest_token

_KEY_NAME_CHARS = 120


def default_platform() -> Platform | None:
    """The platform that is meant where nobody names one.

    Returns:
        The chosen one; else the one that was made first; None where there is none.
    """
    chosen = (
        ServiceSettings.objects.select_related("default_platform")
        .filter(default_platform__isnull=False)
        .first()
    )
    if chosen is not None:
        return chosen.default_platform
    return Platform.objects.order_by("created_at", "id").first()


def is_key_name_taken(platform: Platform, name: str) -> bool:
    """Whether a key in use of this platform is called so: nobody could say which of two is meant.

    Keys from before, and those that hooks and local copies make, may share a name.
    """
    living = platform.keys.filter(revoked_at__isnull=True)
    return living.filter(name__iexact=name.strip()).exists()


def free_key_name(platform: Platform, name: str) -> str:
    """The name, or where a key in use has it, the name with a number behind it."""
    free, number = name[:_KEY_NAME_CHARS], 1
    while is_key_name_taken(platform, free):
        number += 1
        free = f"{name[: _KEY_NAME_CHARS - len(f' {number}')]} {number}"
    return free


def has_role(user: Any, role: User.Role | str) -> bool:
    """Whether somebody holds a role, or one above it; False for anybody not signed in."""
    return has_rank(user, str(role))


def colleagues() -> QuerySet[User]:
    """All who work here, those who are let in first; ``has_factor`` says who set one up."""
    factor = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    people = User.objects.select_related("team").annotate(has_factor=Exists(factor))
    return people.order_by("-is_active", "username")


def teams() -> list[Team]:
    """The helplines by name; ``workers`` says how many caseworkers come in."""
    workers = Count("members", filter=Q(members__is_active=True))
    found: QuerySet[Team] = Team.objects.annotate(workers=workers)
    return sorted(found, key=lambda team: reading_order(team.name))


def flaggers() -> QuerySet[Flagger]:
    """The trusted flaggers by name, those whose status ended last."""
    rows = Flagger.objects.select_related("team")
    return rows.order_by(F("ended_at").asc(nulls_first=True), "name")


def flagger_of_code(code: str) -> Flagger | None:
    """The trusted flagger of a code that was typed; None for an empty, unknown or ended one."""
    typed = code.strip()
    if not typed:
        return None
    return Flagger.objects.filter(digest=digest_token(typed), ended_at__isnull=True).first()


def flagger_of_team(team: Team | None) -> Flagger | None:
    """The trusted flagger that a helpline is; None where it is none."""
    if team is None:
        return None
    return Flagger.objects.filter(team=team, ended_at__isnull=True).first()


def team_of(user: User) -> Team:
    """The helpline of a caseworker.

    Raises:
        NotAllowedError: somebody who is no caseworker.
    """
    if user.team is None:
        raise NotAllowedError("only caseworkers of a helpline do this")
    return user.team


def teammates(user: User) -> QuerySet[User]:
    """The caseworkers of one's own helpline who are let in, oneself included."""
    same = User.objects.filter(role=User.Role.CASEWORKER, team=user.team_id, is_active=True)
    return same.exclude(team=None).order_by("pseudonym")


def colleague(user_id: UUID | str) -> User:
    """One who works here.

    Raises:
        RecordNotFoundError: nobody has this id.
    """
    found = User.objects.filter(pk=user_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such colleague")
    return found


def open_invitation(*, token: str, now: datetime) -> Invitation | None:
    """The link of this token while it works; None for unknown, used and old alike."""
    return (
        Invitation.objects.select_related("user")
        .filter(digest=digest_token(token), used_at__isnull=True, expires_at__gt=now)
        .first()
    )


def has_second_factor(user: User) -> bool:
    """Whether a second factor was set up and confirmed."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def open_sessions(user: User, *, now: datetime) -> QuerySet[SignIn]:
    """The sessions of a colleague that work, newest first."""
    rows = SignIn.objects.filter(user=user, session__expire_date__gt=now)
    return rows.order_by("-began_at", "pk")


def code_wait_s(*, user: User, now: datetime) -> int:
    """Seconds until the next code is looked at; 0 for now."""
    devices = [*TOTPDevice.objects.filter(user=user), *StaticDevice.objects.filter(user=user)]
    return max([0, *(device_wait_s(device, now=now) for device in devices)])


def device_wait_s(device: TOTPDevice | StaticDevice, *, now: datetime) -> int:
    """Whole seconds until a device looks at a code again; 0 for now."""
    is_allowed, why = device.verify_is_allowed()
    if is_allowed or not why or "locked_until" not in why:
        return 0
    until: datetime = why["locked_until"]
    return max(1, math.ceil((until - now).total_seconds()))


def backup_codes_left(user: User) -> int:
    """How many spare codes were not used yet."""
    return int(StaticToken.objects.filter(device__user=user, device__confirmed=True).count())


def waiting_approvals(now: datetime) -> QuerySet[Approval]:
    """What waits for a second person, oldest first."""
    return (
        Approval.objects.select_related("asked_by")
        .filter(state=Approval.State.ASKED, expires_at__gt=now)
        .order_by("asked_at")
    )


def answered_approvals() -> QuerySet[Approval]:
    """What was answered or lapsed, newest first."""
    rows = Approval.objects.select_related("asked_by", "answered_by")
    return rows.filter(answered_at__isnull=False).order_by("-answered_at")


def scopes_in_words() -> list[tuple[str, str]]:
    """The scopes of a key, each with what it opens."""
    return [
        ("check", _("Check uploads: clear, hold or block")),
        ("match:detail", _("See kind, score and evidence of a match")),
        ("library", _("Send what a library scan found")),
        ("hits", _("Read what was found")),
        ("orders", _("Fetch and answer orders: hold, remove, restore")),
    ]
