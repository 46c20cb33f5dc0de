"""Hooks as their page shows them."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from staydown_web.hooks.models import BucketObject, Hook


def hooks_in_order() -> QuerySet[Hook]:
    """All hooks, the living first, each with ``waiting``: objects of its bucket that are due."""
    due = Count("objects_seen", filter=Q(objects_seen__state=BucketObject.State.DUE))
    found = Hook.objects.select_related("key__platform").annotate(waiting=due)
    return found.order_by("key__revoked_at", "-key__created_at")
