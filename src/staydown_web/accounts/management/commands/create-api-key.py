"""``staydown manage create-api-key NAME --scope check``: a key for a platform's program."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown_web.accounts.models import Platform
from staydown_web.accounts.selectors import default_platform, is_key_name_taken
from staydown_web.accounts.services import KNOWN_SCOPES, create_api_key
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.base.tables import make_tables

_NAME_TAKEN = (
    "another one: a key in use for this platform has it; `staydown manage rotate-api-key` gives "
    "that one a new text"
)


class Command(BaseCommand):
    """Make an API key, and print it once."""

    help = (
        "Make an API key and print it. It is shown here only; what is kept cannot be turned back."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name, the scopes, the platform and the limit."""
        scopes = "; ".join(f"{scope}: {meaning}" for scope, meaning in KNOWN_SCOPES.items())
        parser.add_argument("name", help="what people call it")
        parser.add_argument("--scope", action="append", required=True, help=scopes)
        parser.add_argument(
            "--platform", help="short name of the platform; the default one if none"
        )
        parser.add_argument(
            "--per-minute", type=int, default=0, help="calls a minute; 0, the default, for no limit"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        make_tables()
        platform = self._platform(options["platform"])
        if is_key_name_taken(platform, options["name"]):
            raise CommandError(f"error[{FieldsError.code}]: name: {_NAME_TAKEN}")
        try:
            key, text = create_api_key(
                platform=platform,
                name=options["name"],
                scopes=options["scope"],
                per_minute=options["per_minute"],
                actor="system",
                now=utc_now(),
            )
        except FieldsError as error:
            words = "; ".join(f"{name}: {remedy}" for name, remedy in error.fields.items())
            raise CommandError(f"error[{error.code}]: {words}") from None
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        if options["json"]:
            row = {"id": str(key.pk), "key": text, "scopes": key.scopes}
            text = json.dumps(row)
        self.stdout.write(text)

    def _platform(self, slug: str | None) -> Platform:
        """The platform that is named; where there is none at all, a first one."""
        if slug:
            found = Platform.objects.filter(slug=slug).first()
            if found is None:
                raise CommandError(f"error[record_not_found]: there is no platform {slug}")
            return found
        found = default_platform()
        if found is None:
            found = Platform.objects.create(name="Platform", slug="platform", created_at=utc_now())
            self.stderr.write("There was no platform yet; one was made, named `platform`.")
        return found
