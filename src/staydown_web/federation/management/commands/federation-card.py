"""``staydown manage federation-card``: what to tell the people of another installation."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from staydown_web.base.clock import utc_now
from staydown_web.base.tables import make_tables
from staydown_web.federation.selectors import own_card


class Command(BaseCommand):
    """Print address and fingerprint of this installation."""

    help = "Print the address and the fingerprint that people of another installation compare."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the output."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it; the first call makes the key."""
        make_tables()
        card = own_card(settings.STAYDOWN_URL, utc_now())
        facts = {"address": card.address, "fingerprint": card.fingerprint}
        lines = [f"{name}: {value}" for name, value in facts.items()]
        self.stdout.write(json.dumps(facts) if options["json"] else "\n".join(lines))
