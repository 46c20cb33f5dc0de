"""``staydown manage import-bank BANKFILE --bank NAME``: a whole list into a bank."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from staydown.errors import StaydownError
from staydown.nouns import many
from staydown_web.banks.models import Bank
from staydown_web.banks.services import default_bank, import_entries, make_bank
from staydown_web.banks.services.policy import REPORTED
from staydown_web.base.clock import utc_now
from staydown_web.base.tables import make_tables

_EVERY_S = 1.0


class Command(BaseCommand):
    """Bring a bank file into a bank."""

    help = (
        "Bring the entries of a bank file into a bank. They count all at once, at the end. "
        "Stopped, the same command goes on where it was."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the bank, and whether its entries may block."""
        parser.add_argument("bankfile", type=Path, help="made by `staydown bank`")
        parser.add_argument("--bank", default=REPORTED, help="name of the bank; made when missing")
        parser.add_argument(
            "--confirmed",
            action="store_true",
            help="a person looked at them: they may block; else they hold",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import it."""
        make_tables()
        started = self._told = time.monotonic()
        try:
            bank = _bank(options["bank"])
            found = import_entries(
                bank=bank,
                source=options["bankfile"],
                is_confirmed=options["confirmed"],
                actor="system",
                now=utc_now(),
                progress=self._tell,
            )
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        finally:
            self._end_line()
        row = {"bank": bank.slug, "added": found.added, "known": found.known, "plain": found.plain}
        if options["json"]:
            self.stdout.write(json.dumps(row))
            return
        self.stdout.write(
            f"{many(found.added, 'entry', 'entries')} added to {bank.slug} "
            f"in {time.monotonic() - started:.0f} s; known already: {found.known:,}; "
            f"too plain to find copies by: {found.plain:,}."
        )

    def _tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told < _EVERY_S and done < total:
            return
        self._told = now
        end = "\r" if sys.stderr.isatty() else "\n"
        self.stderr.write(f"{done:,} of {many(total, 'entry', 'entries')}", ending=end)

    def _end_line(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")


def _bank(name: str) -> Bank:
    now = utc_now()
    slug = slugify(name) or REPORTED
    if slug == REPORTED:
        return default_bank(now)
    found = Bank.objects.filter(slug=slug).first()
    return found or make_bank(
        name=name, slug=slug, kind=Bank.Kind.REPORTED, actor="system", now=now
    )
