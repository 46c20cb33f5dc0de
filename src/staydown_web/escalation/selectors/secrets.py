"""Secrets of interfaces and mailboxes: opened when they are used, never shown."""

from __future__ import annotations

import json

from staydown_web.base.sealing import unseal
from staydown_web.escalation.models import Sender

NAMES = (
    "cloudflare_account",
    "cloudflare_token",
    "aws_key",
    "aws_secret",
    "imap_password",
    "inbound_secret",
)
CONTEXT = "sender"


def secrets(name: str) -> str:
    """One secret by its name; empty where it was not given.

    Raises:
        ValueError: no secret has this name.
    """
    if name not in NAMES:
        raise ValueError(f"no secret has the name {name}")
    return all_secrets().get(name, "")


def secrets_set() -> frozenset[str]:
    """Names of the secrets that were given; what a page may show of them."""
    return frozenset(name for name, value in all_secrets().items() if value)


def all_secrets() -> dict[str, str]:
    """All of them by name."""
    box = Sender.objects.filter(pk=1).values_list("secrets_box", flat=True).first()
    if box is None:
        return {}
    return {str(k): str(v) for k, v in json.loads(unseal(box, context=CONTEXT)).items()}
