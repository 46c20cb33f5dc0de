"""``staydown manage plant-canaries 100``: entries that only a thief of the bank asks for."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staydown.nouns import many
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.base.tables import make_tables
from staydown_web.screening.services.canaries import plant_canaries


class Command(BaseCommand):
    """Plant canaries."""

    help = (
        "Add entries that stand for no picture. A key that asks for one has the bank's hashes from"
        " elsewhere, and is ended at once."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many."""
        parser.add_argument("count", type=int, help="a hundredth of the bank is a good number")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plant them."""
        make_tables()
        try:
            there = plant_canaries(count=options["count"], actor="system", now=utc_now())
        except FieldsError as error:
            raise CommandError(f"error[{error.code}]: {error.fields['count']}") from None
        self.stdout.write(f"{many(there, 'canary is', 'canaries are')} in the bank.")
