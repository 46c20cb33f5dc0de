"""``staydown manage replay-deliveries``: send again what was given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from staydown.nouns import many
from staydown_web.actions.selectors import endpoint_named, endpoints
from staydown_web.actions.services import replay_given_up
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError


class Command(BaseCommand):
    """Send again the webhook messages that were given up."""

    help = "Send again the webhook messages that were given up."

    def add_arguments(self, parser: CommandParser) -> None:
        """The endpoint and the days."""
        parser.add_argument("--endpoint", type=UUID, help="only this endpoint; its id")
        parser.add_argument("--days", type=int, default=7, help="made in the last days (7)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say how many for each endpoint."""
        now = utc_now()
        since = now - timedelta(days=options["days"])
        try:
            chosen = [endpoint_named(options["endpoint"])] if options["endpoint"] else endpoints()
        except RecordNotFoundError as error:
            raise CommandError(str(error)) from None
        for endpoint in chosen:
            if not endpoint.is_active:
                self.stderr.write(f"{endpoint.pk}: switched off; nothing is sent")
                continue
            n = replay_given_up(endpoint=endpoint, since=since, actor="system", now=now)
            self.stdout.write(f"{endpoint.pk}: {many(n, 'message is', 'messages are')} sent again")
