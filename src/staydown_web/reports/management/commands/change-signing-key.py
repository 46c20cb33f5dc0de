"""``staydown manage change-signing-key``: sign with a new key from now on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown_web.audit.services import record_event
from staydown_web.base.clock import utc_now
from staydown_web.reports.services import change_key


class Command(BaseCommand):
    """Make a new key and destroy the private half of the old one."""

    help = (
        "Sign receipts and records with a new key. What was signed before stays proven: the old "
        "public key stays among those that the service hands out."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Change it."""
        now = utc_now()
        try:
            before, after = change_key(now=now)
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        record_event(what="signing_key_changed", actor="system", at=now)
        self.stdout.write(f"old key: {before}\nnew key: {after}")
