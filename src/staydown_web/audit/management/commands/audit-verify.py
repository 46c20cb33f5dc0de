"""``staydown manage audit-verify``: prove that nothing of the chain was changed or removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management.base import BaseCommand, CommandError, CommandParser

from staydown.nouns import many
from staydown_web.audit.services import public_key_pem, verify_chain


class Command(BaseCommand):
    """Read the whole chain once and prove it."""

    help = "Prove that no event was changed, removed, put in, moved or cut off."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The key to prove with, or to show."""
        parser.add_argument(
            "--key", type=Path, help="prove with this public key (PEM) kept elsewhere"
        )
        parser.add_argument(
            "--public-key", action="store_true", help="print the public key, and do nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove, say what holds, and end in status 1 where something does not."""
        if options["public_key"]:
            self.stdout.write(public_key_pem(), ending="")
            return
        found = verify_chain(key=_read_key(options["key"]) if options["key"] else None)
        held = f"{many(found.events, 'event')} and {many(found.checkpoints, 'signature')} hold"
        if not found.is_whole:
            raise CommandError(
                f"the chain is broken at event {found.first_bad}: {found.why}; {held} before it"
            )
        self.stdout.write(f"whole: {held}")


def _read_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        raise CommandError("this file is no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise CommandError("this is not an ed25519 key")
    return key
