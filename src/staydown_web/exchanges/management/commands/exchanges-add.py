"""``staydown manage exchanges-add KIND NAME``: a partner's list, with its settings."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.base.tables import make_tables
from staydown_web.exchanges.partners import fields_of
from staydown_web.exchanges.partners.wire import FeedbackKind, Kind
from staydown_web.exchanges.services import make_exchange, start_trial


class Command(BaseCommand):
    """Add one list. Credentials come on standard input, so that no list of processes shows them."""

    help = (
        "Add a partner's list, on trial or switched off. Credentials are read from standard input, "
        "one NAME=VALUE a line. Switching it on takes two people on the pages."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the kind, the name and the settings."""
        parser.add_argument("kind", choices=Kind.values, help="whose list it is")
        parser.add_argument("name", help="what people here call it")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a setting that is no secret, such as address=https://…",
        )
        parser.add_argument(
            "--tell",
            action="append",
            default=[],
            choices=[str(kind) for kind in FeedbackKind],
            help="a kind of feedback that the partner gets",
        )
        parser.add_argument(
            "--every", type=int, default=900, metavar="SECONDS", help="between two fetches"
        )
        parser.add_argument("--trial", action="store_true", help="fetch it from now on")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add it."""
        make_tables()
        try:
            secrets = _secrets(options["kind"])
            made = make_exchange(
                kind=options["kind"],
                name=options["name"],
                config=_pairs(options["set"], "--set"),
                secrets=secrets,
                every_s=options["every"],
                tells=options["tell"],
                actor="system",
                now=utc_now(),
            )
            if options["trial"]:
                made = start_trial(exchange_id=made.pk, actor="system", now=utc_now())
        except FieldsError as error:
            words = "; ".join(f"{name}: {remedy}" for name, remedy in error.fields.items())
            raise CommandError(f"error[{error.code}]: {words}") from None
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        row = {"id": str(made.pk), "name": made.name, "state": made.state, "bank": made.bank.slug}
        self.stdout.write(
            json.dumps(row) if options["json"] else f"{made.name} was added; it is {made.state}."
        )


def _secrets(kind: str) -> dict[str, str]:
    """Credentials from standard input, where the partner's code has any and one is piped in."""
    if sys.stdin.isatty() or not any(field.is_secret for field in fields_of(kind)):
        return {}
    return _pairs([line for line in sys.stdin.read().splitlines() if line.strip()], "a line")


def _pairs(texts: list[str], where: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise CommandError(f"error[fields_invalid]: {where} must be NAME=VALUE")
        pairs[name.strip()] = value.strip()
    return pairs
