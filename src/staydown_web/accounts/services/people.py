"""Colleagues: links that work once, roles, and who may still come in."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import Invitation, Team, User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.base.ids import new_token
from staydown_web.base.sealing import digest_token

VALID_FOR = timedelta(days=2)


@transaction.atomic
def invite(
    *,
    role: User.Role | str,
    now: datetime,
    created_by: User | None = None,
    user: User | None = None,
    team: Team | None = None,
    leads_team: bool = False,
    valid_for: timedelta = VALID_FOR,
) -> str:
    """Make a link that works once.

    Args:
        role: what the new colleague may do; for a reset, the role that ``user`` has.
        now: the moment.
        created_by: the administrator; None for the first link, which the console prints.
        user: whose password and second factor are to be set anew; None for a new colleague.
        team: the helpline of a new caseworker; None for every other role.
        leads_team: a new caseworker can reassign the cases of absent colleagues.
        valid_for: how long the link works.

    Returns:
        The token of ``/staff/join/<token>/``. Only its digest is kept.

    Raises:
        FieldsError: a caseworker without a helpline.
    """
    is_caseworker = role == User.Role.CASEWORKER
    if is_caseworker and team is None and user is None:
        raise FieldsError({"team": _("Choose the helpline for which they work.")})
    token = new_token()
    purpose = Invitation.Purpose.JOIN if user is None else Invitation.Purpose.RESET
    made = Invitation.objects.create(
        digest=digest_token(token),
        purpose=purpose,
        role=role,
        team=team if is_caseworker else None,
        leads_team=leads_team and is_caseworker,
        user=user,
        created_by=created_by,
        created_at=now,
        expires_at=now + valid_for,
    )
    record_event(
        what="user_invited",
        actor=f"user:{created_by.pk}" if created_by else "system",
        at=now,
        subject=f"invitation:{made.pk}",
        facts={"purpose": str(purpose), "role": str(role)},
    )
    return token


@transaction.atomic
def renew_sign_in(*, name: str, now: datetime) -> str:
    """Make the link of ``invite`` for a colleague by name, for who has the machine at hand.

    Args:
        name: to sign in with.
        now: the moment.

    Returns:
        The token of ``/staff/join/<token>/``. Earlier links for this colleague stop working.

    Raises:
        RecordNotFoundError: nobody with this name may come in.
    """
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise RecordNotFoundError("there is no colleague with this name who may come in")
    earlier = Invitation.objects.filter(user=user, used_at=None, expires_at__gt=now)
    earlier.update(expires_at=now)
    return invite(role=user.role, user=user, now=now)


@transaction.atomic
def accept_invitation(
    *, token: str, name: str, password: str, pseudonym: str, now: datetime
) -> User:
    """Use a link: the new colleague, or the one whose password and second factor are new.

    Args:
        token: from the link.
        name: to sign in with; ignored for a reset.
        password: checked by the form.
        pseudonym: what leaves this house instead of a name; empty draws one.
        now: the moment.

    Raises:
        RecordNotFoundError: the link is unknown, used or too old.
        FieldsError: the name or pseudonym is taken.
    """
    links = Invitation.objects.filter(digest=digest_token(token), used_at__isnull=True)
    if not links.filter(expires_at__gt=now).update(used_at=now):
        raise RecordNotFoundError("this link was used already, or is too old; ask for a new one")
    link = Invitation.objects.select_related("user").get(digest=digest_token(token))
    user = link.user if link.purpose == Invitation.Purpose.RESET else None
    if user is None:
        user = _join(link, name, password, pseudonym)
    else:
        _reset(user, password)
    record_event(
        what="user_joined",
        actor=f"user:{user.pk}",
        at=now,
        subject=f"user:{user.pk}",
        facts={"purpose": link.purpose, "role": user.role},
    )
    return user


@transaction.atomic
def change_role(*, user_id: UUID, role: User.Role | str, actor: User, now: datetime) -> None:
    """Give a colleague another role.

    Raises:
        RecordConflictError: nobody would be left to administer; or from or to a caseworker, who
            gets a link of their own: a reviewer must not come to a helpline's cases by a slip.
        RecordNotFoundError: no such colleague.
    """
    is_or_was = User.objects.filter(pk=user_id, role=User.Role.CASEWORKER).exists()
    if role == User.Role.CASEWORKER or is_or_was:
        raise RecordConflictError("a caseworker keeps this role; invite them anew for another")
    _change(user_id, actor, now, is_admin_after=role == User.Role.ADMIN, role=str(role))


@transaction.atomic
def change_team_lead(*, user_id: UUID, leads_team: bool, actor: User, now: datetime) -> None:
    """Say whether a caseworker leads their helpline's team.

    Raises:
        RecordNotFoundError: no such caseworker.
    """
    if not User.objects.filter(pk=user_id, role=User.Role.CASEWORKER).exists():
        raise RecordNotFoundError("there is no such caseworker")
    _change(user_id, actor, now, is_admin_after=False, leads_team=leads_team)


@transaction.atomic
def disable_user(*, user_id: UUID, actor: User, now: datetime) -> None:
    """Let a colleague in no more; open sessions end with their next request.

    Raises:
        RecordConflictError: nobody would be left to administer.
        RecordNotFoundError: no such colleague.
    """
    _change(user_id, actor, now, is_admin_after=False, is_active=False)


@transaction.atomic
def enable_user(*, user_id: UUID, actor: User, now: datetime) -> None:
    """Let a colleague in again."""
    _change(user_id, actor, now, is_admin_after=True, is_active=True)


@transaction.atomic
def save_preferences(
    *, user: User, exposure_limit: int, break_every_minutes: int, now: datetime
) -> None:
    """How many pictures a day, and how long until a break: each chooses for themselves."""
    User.objects.filter(pk=user.pk).update(
        exposure_limit=exposure_limit, break_every_minutes=break_every_minutes
    )


def draw_pseudonym() -> str:
    """A neutral name that is still free, such as "Reviewer 12"."""
    for span in (90, 900, 9_000, 90_000):
        for _draw in range(20):
            drawn = f"Reviewer {span // 9 + secrets.randbelow(span)}"
            if not User.objects.filter(pseudonym=drawn).exists():
                return drawn
    raise RecordConflictError("no pseudonym is free; choose one yourself")


def _join(link: Invitation, name: str, password: str, pseudonym: str) -> User:
    taken = {}
    if User.objects.filter(username=name).exists():
        taken["name"] = "this name is taken; choose another"
    if pseudonym and User.objects.filter(pseudonym=pseudonym).exists():
        taken["pseudonym"] = "this pseudonym is taken; choose another"
    if taken:
        raise FieldsError(taken)
    try:
        with transaction.atomic():
            return User.objects.create_user(
                username=name,
                password=password,
                role=link.role,
                team=link.team,
                leads_team=link.leads_team,
                pseudonym=pseudonym or draw_pseudonym(),
            )
    except IntegrityError:
        raise FieldsError({"name": "this name is taken; choose another"}) from None


def _reset(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    Session.objects.filter(sign_in__user=user).delete()


def _change(
    user_id: UUID, actor: User, now: datetime, *, is_admin_after: bool, **values: object
) -> None:
    rows = User.objects.filter(pk=user_id)
    admins = User.objects.filter(role=User.Role.ADMIN, is_active=True)
    # The rows are locked where the database has row locks; SQLite's writers wait for each other.
    ids = set(admins.select_for_update().values_list("pk", flat=True))
    target = rows.first()
    if target is None:
        raise RecordNotFoundError("there is no such colleague")
    if not is_admin_after and ids <= {target.pk}:
        raise RecordConflictError("this is the last administrator; make another one first")
    rows.update(**values)
    record_event(
        what="user_changed",
        actor=f"user:{actor.pk}",
        at=now,
        subject=f"user:{target.pk}",
        facts={key: str(value).lower() for key, value in values.items()},
    )
