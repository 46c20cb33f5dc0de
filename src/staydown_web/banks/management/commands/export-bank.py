"""``staydown manage export-bank OUT --bank NAME --approval ID``: a bank leaves as a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown.nouns import many
from staydown_web.banks.models import Bank
from staydown_web.banks.services.exports import export_entries
from staydown_web.base.clock import utc_now


class Command(BaseCommand):
    """Write the confirmed entries of a bank to a bank file."""

    help = "Write the confirmed entries of a bank to a new bank file. It takes two people."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the bank and the approval."""
        parser.add_argument("target", type=Path, help="a new bank file")
        parser.add_argument("--bank", required=True, help="short name of the bank")
        parser.add_argument(
            "--approval", type=UUID, required=True, help="id of the approval that was granted"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Export it."""
        bank = Bank.objects.filter(slug=options["bank"]).first()
        if bank is None:
            raise CommandError("error[record_not_found]: there is no bank of this name")
        try:
            count = export_entries(
                bank=bank,
                target=options["target"],
                approval_id=options["approval"],
                actor="system",
                now=utc_now(),
            )
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        self.stdout.write(f"{many(count, 'entry', 'entries')} written")
