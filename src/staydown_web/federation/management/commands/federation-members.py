"""``staydown manage federation-members``: how we stand with other installations."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from staydown_web.base.clock import utc_now
from staydown_web.base.tables import make_tables
from staydown_web.federation.selectors import doubts, members_with_counts


class Command(BaseCommand):
    """List members."""

    help = "List other installations: state, entries given and brought, events read, doubts."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the output."""
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """List them."""
        make_tables()
        doubted = [doubt.opinion.member_id for doubt in doubts(utc_now())]
        for member in members_with_counts():
            facts = {
                "name": member.name,
                "state": member.state,
                "pause": member.pause,
                "error": member.error,
                "given": getattr(member, "n_told", 0),
                "brought": getattr(member, "n_brought", 0),
                "doubts": doubted.count(member.pk),
            }
            words = [str(value) for key, value in facts.items() if key in _WORDS and value]
            counts = f"given {facts['given']}, brought {facts['brought']}, doubts {facts['doubts']}"
            line = f"{': '.join(words[:1])}: {', '.join(words[1:])}; {counts}"
            self.stdout.write(json.dumps(facts) if options["json"] else line)


_WORDS = ("name", "state", "pause", "error")
