"""``staydown manage exchanges-list``: every partner's list, and how it stands."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from staydown_web.base.tables import make_tables
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.selectors import counts_of, exchanges


class Command(BaseCommand):
    """Print every exchange, one a line."""

    help = "Print every partner's list: its state, how much is on it, and what went wrong last."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the output."""
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        make_tables()
        for exchange in exchanges():
            self.stdout.write(json.dumps(_row(exchange)) if options["json"] else _line(exchange))


def _row(exchange: Exchange) -> dict[str, Any]:
    counts = counts_of(exchange)
    fetched_at = exchange.fetched_at
    return {
        "name": exchange.name,
        "kind": exchange.kind,
        "state": exchange.state,
        "bank": exchange.bank.slug,
        "listed": counts.listed,
        "withdrawn": counts.withdrawn,
        "due": counts.due,
        "dead": counts.dead,
        "fetched_at": fetched_at.isoformat(timespec="seconds") if fetched_at else None,
        "error_code": exchange.error_code,
        "is_stopped": exchange.is_stopped,
    }


def _line(exchange: Exchange) -> str:
    row = _row(exchange)
    fetched = f"fetched {row['fetched_at']}" if row["fetched_at"] else "never fetched"
    line = (
        f"{row['name']} ({row['kind']}): {row['state']}, {row['listed']:,} listed, "
        f"{row['withdrawn']:,} withdrawn, {fetched}"
    )
    if not row["error_code"]:
        return line
    stands = "; it stands still until somebody has acted" if row["is_stopped"] else ""
    return f"{line}; last failure {row['error_code']}{stands}"
