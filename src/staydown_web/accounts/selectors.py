"""Who works here, and which platform is meant where nobody says."""

from __future__ import annotations

from typing import Any

from staydown_web.accounts.models import Platform, ServiceSettings, User
from staydown_web.base.access import has_rank


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


def has_role(user: Any, role: User.Role | str) -> bool:
    """Whether somebody holds a role, or one above it; False for anybody not signed in."""
    return has_rank(user, str(role))
