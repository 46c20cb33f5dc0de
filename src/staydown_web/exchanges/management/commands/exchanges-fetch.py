"""``staydown manage exchanges-fetch NAME``: fetch a partner's list now, and wait for its end."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown.nouns import many
from staydown_web.base.clock import utc_now
from staydown_web.base.tables import make_tables
from staydown_web.exchanges.models import Exchange, Run
from staydown_web.exchanges.selectors import exchange_named
from staydown_web.exchanges.services import fetch_exchange, fetch_now


class Command(BaseCommand):
    """Fetch one list until its end."""

    help = "Fetch a partner's list now, until its end or a failure. Its trial must have begun."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name."""
        parser.add_argument("name", help="of the exchange, as exchanges-list prints it")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fetch it."""
        make_tables()
        try:
            exchange = exchange_named(options["name"])
            fetch_now(exchange_id=exchange.pk, actor="system", now=utc_now())
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        last = Run.objects.filter(exchange=exchange, ended_at__isnull=False).order_by("-pk").first()
        while fetch_exchange(exchange_id=exchange.pk, clock=utc_now):
            if _is_at_end(exchange):
                break
        run = Run.objects.filter(exchange=exchange).order_by("-pk").first()
        if run is None or run.ended_at is None or (last is not None and run.pk == last.pk):
            raise CommandError("error[record_conflict]: the worker fetches this list at the moment")
        if run.error_code:
            raise CommandError(
                f"error[{run.error_code}]: the fetch failed; docs/errors.md says more"
            )
        self._tell(run, is_json=options["json"])

    def _tell(self, run: Run, *, is_json: bool) -> None:
        row = {
            "records": run.records,
            "added": run.added,
            "withdrawn": run.withdrawn,
            "left_out": run.left_out,
        }
        self.stdout.write(
            json.dumps(row)
            if is_json
            else f"{many(run.records, 'record')}: {many(run.added, 'entry', 'entries')} added, "
            f"{run.withdrawn:,} withdrawn, {run.left_out:,} of no use here."
        )


def _is_at_end(exchange: Exchange) -> bool:
    return not Run.objects.filter(exchange=exchange, ended_at__isnull=True).exists()
