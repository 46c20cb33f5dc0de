"""``staydown manage rotate-api-key NAME --overlap 24h``: a new text for a program's key."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown_web.accounts.models import ApiKey
from staydown_web.accounts.services import renew_api_key
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.base.tables import make_tables

_SPAN = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    """Give a key a new text, and print it once."""

    help = (
        "Give an API key a new text and print it. The old text is taken for a while, so that the "
        "program goes on until it has the new one. Scopes, limits and what the key made stay."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the key and how long both texts count."""
        parser.add_argument("name", help="its name, or its id where several have that name")
        parser.add_argument(
            "--overlap",
            type=_span,
            default=timedelta(hours=24),
            help="for how long the old text is taken: 30m, 24h (the default), 7d, or 0m",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Renew it."""
        make_tables()
        try:
            key, text = renew_api_key(
                key_id=_key_named(options["name"]),
                overlap=options["overlap"],
                actor="system",
                now=utc_now(),
            )
        except FieldsError as error:
            words = "; ".join(f"{name}: {remedy}" for name, remedy in error.fields.items())
            raise CommandError(f"error[{error.code}]: {words}") from None
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        until = key.old_until.isoformat(timespec="seconds") if key.old_until else ""
        if options["json"]:
            text = json.dumps({"id": str(key.pk), "key": text, "old_until": until})
        else:
            self.stderr.write(f"The old text is taken until {until}.")
        self.stdout.write(text)


def _key_named(name: str) -> UUID:
    living = ApiKey.objects.filter(revoked_at__isnull=True)
    found = list(living.filter(name=name)[:2])
    if not found:
        try:
            found = list(living.filter(pk=UUID(name)))
        except ValueError:
            found = []
    if not found:
        raise CommandError(f"error[record_not_found]: there is no key {name}")
    if len(found) > 1:
        raise CommandError(
            f"error[record_conflict]: several keys are named {name}; `staydown keys list` gives ids"
        )
    return found[0].pk


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ArgumentTypeError("want a number with m, h or d, such as 24h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
