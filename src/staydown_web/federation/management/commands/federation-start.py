"""``staydown manage federation-start NAME``: put into force what a second person granted."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown_web.base.clock import utc_now
from staydown_web.base.tables import make_tables
from staydown_web.federation.models import Member
from staydown_web.federation.services.joining import start_agreement


class Command(BaseCommand):
    """Start what was agreed."""

    help = "Put an agreement with another installation into force that a second person granted."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take its name."""
        parser.add_argument("name", help="as people here call it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start it."""
        make_tables()
        living = Member.objects.exclude(state=Member.State.EXPELLED)
        member = living.filter(name=options["name"]).first()
        if member is None:
            raise CommandError("error[record_not_found]: there is no such member")
        try:
            start_agreement(member_id=member.pk, actor="system", now=utc_now())
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        self.stdout.write("It is in force.")
