"""``staydown manage renew-sign-in NAME``: a way back in for a colleague who lost the second factor.

For the only administrator; every other colleague gets such a link on the page *People*.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown_web.accounts.services import renew_sign_in
from staydown_web.base.clock import utc_now
from staydown_web.base.tables import make_tables


class Command(BaseCommand):
    """Make a link that works once, and print it."""

    help = (
        "Print a link by which a colleague sets a new password and a new second factor. It works "
        "once, for two days; until it is used, the old ones go on working."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name."""
        parser.add_argument("name", help="the name with which they sign in")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        make_tables()
        try:
            token = renew_sign_in(name=options["name"], now=utc_now())
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        link = f"{settings.STAYDOWN_URL}/staff/join/{token}/"
        self.stdout.write(json.dumps({"link": link}) if options["json"] else link)
