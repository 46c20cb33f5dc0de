"""Platforms: who they are, what they own, and which laws bind them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from staydown_web.accounts.models import Platform, ServiceSettings
from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordNotFoundError


@transaction.atomic
def save_platform(
    *,
    platform_id: UUID | None,
    name: str,
    public_url: str,
    legal_email: str,
    minors_contact: str,
    media_origins: list[str],
    regimes: list[str],
    is_default: bool,
    actor: str,
    now: datetime,
    size: str | None = None,
) -> Platform:
    """Make a platform, or change one.

    Args:
        platform_id: which; None for a new one.
        name: as people know it.
        public_url: where its site is, or empty.
        legal_email: who answers for it in law, or empty.
        minors_contact: where pictures of someone under 18 are reported.
        media_origins: scheme, host and port from which its own copies may be fetched; no other.
        regimes: ids of the laws that bind it.
        is_default: whether it is meant where nobody names one.
        actor: ``user:<id>`` or ``system``.
        now: the moment.
        size: of ``Platform.Size``; empty: not said, every duty is kept; None: as it was.

    Raises:
        RecordNotFoundError: no such platform.
    """
    values = {
        "name": name,
        "public_url": public_url,
        "legal_email": legal_email,
        "minors_contact": minors_contact,
        "media_origins": media_origins,
        "regimes": regimes,
        **({} if size is None else {"size": size}),
    }
    if platform_id is None:
        saved = Platform.objects.create(**values, slug=_free_slug(name), created_at=now)
    else:
        if not Platform.objects.filter(pk=platform_id).update(**values):
            raise RecordNotFoundError("there is no such platform")
        saved = Platform.objects.get(pk=platform_id)
    if is_default:
        ServiceSettings.objects.update_or_create(id=1, defaults={"default_platform": saved})
    record_event(
        what="settings_changed",
        actor=actor,
        at=now,
        subject=f"platform:{saved.pk}",
        facts={"origins": len(media_origins), "regimes": regimes, "size": saved.size},
    )
    return saved


def _free_slug(name: str) -> str:
    stem = slugify(name)[:50] or "platform"
    taken = set(Platform.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{n}" for n in range(2, len(taken) + 3))
    return next(slug for slug in (stem, *numbered) if slug not in taken)
