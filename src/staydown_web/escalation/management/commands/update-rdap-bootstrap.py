"""``staydown manage update-rdap-bootstrap FILE…``: newer lists of RDAP servers, from files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown.nouns import many
from staydown_web.escalation.mapping.installing import install_lists


class Command(BaseCommand):
    """Install lists that the operator fetched."""

    help = (
        "Check lists of RDAP servers in IANA's form (dns.json, ipv4.json, ipv6.json, asn.json from "
        "https://data.iana.org/rdap/) and use them in place of those that Staydown carries. It "
        "fetches nothing. Restart the service afterwards."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files."""
        parser.add_argument("files", nargs="+", type=Path, help="one to four of the lists")

    def handle(self, *args: Any, **options: Any) -> None:
        """Install them."""
        try:
            counts = install_lists(options["files"], home=Path(settings.STAYDOWN_HOME))
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        for kind, count in counts.items():
            self.stdout.write(f"{kind}: {many(count, 'entry', 'entries')} installed.")
