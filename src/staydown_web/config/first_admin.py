"""The link by which the first administrator joins."""

from __future__ import annotations

from datetime import timedelta

from staydown_web.accounts.models import Invitation, User
from staydown_web.accounts.services.people import invite
from staydown_web.base.clock import utc_now

VALID_FOR = timedelta(days=2)


def first_admin_link() -> str | None:
    """A link that works once, for two days; an earlier one stops working.

    Returns:
        The whole address, or None where there is an administrator already.
    """
    from django.conf import settings

    if User.objects.filter(role=User.Role.ADMIN, is_active=True).exists():
        return None
    now = utc_now()
    # Printed on a terminal that others may have read since: only the newest link works.
    earlier = Invitation.objects.filter(created_by=None, user=None, used_at=None)
    earlier.filter(expires_at__gt=now).update(expires_at=now)
    token = invite(role=User.Role.ADMIN, now=now, valid_for=VALID_FOR)
    # A demonstration is set up already, and its guide shows a newcomer the way.
    onward = "?next=/guide/" if settings.STAYDOWN_DEMO else ""
    return f"{settings.STAYDOWN_URL}/staff/join/{token}/{onward}"
