"""Reports that are signed, a sender that is switched on, and a little internet to send into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

import chain_scene
from chain_scene import Scene, make_scene, make_sender
from little_internet import little_internet
from little_internet.world import Net
from staydown_web.accounts.models import Platform, User
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal, seal_for_case
from staydown_web.escalation.models import Report, Sender

SECRETS = {
    "cloudflare_account": "0123456789abcdef0123456789abcdef",
    "cloudflare_token": "little-cloudflare-token",
    "aws_key": "AKIALITTLEINTERNET00",
    "aws_secret": "little-internet-secret-key",
    "imap_password": "little-imap-password",
    "inbound_secret": "in-8fe1c0",
}


@pytest.fixture
def net(settings) -> Iterator[Net]:
    """Mail servers and interfaces; letters leave by it."""
    with little_internet() as running:
        for name, value in running.mail_settings().items():
            setattr(settings, name, value)
        yield running


@pytest.fixture
def sender(db: None, now: datetime) -> Sender:
    """The helpline, switched on, with every secret."""
    return make_sender(now, secrets_box=seal(json.dumps(SECRETS).encode(), context="sender"))


@pytest.fixture
def scene(platform: Platform, sender: Sender, now: datetime) -> Scene:
    """An escalation that waits for answers."""
    return make_scene(platform, now, state="running")


@pytest.fixture
def signers(user_named: Callable[..., User]) -> list[User]:
    """Two people who sign."""
    return [user_named("rosa"), user_named("ruth")]


def mail_text(report_id: object, *, to: str = "abuse@northwind.example") -> str:
    """A whole message as a format composes it."""
    return (
        "From: Example Helpline <reports@helpline.example>\n"
        f"To: {to}\n"
        "Subject: Report E-31\n"
        f"Message-ID: <{report_id}@helpline.example>\n"
        "MIME-Version: 1.0\n"
        'Content-Type: text/plain; charset="utf-8"\n'
        "Content-Transfer-Encoding: 8bit\n"
        "\n"
        "Dear team,\n\n.a line that begins with a full stop, and an é\n\nThe helpline\n"
    )


@pytest.fixture
def signed(scene: Scene, signers: list[User], now: datetime) -> Callable[..., Report]:
    """``signed(format="mail", body=…, address=…)`` is a report that both have signed."""
    used: list[str] = []

    def make(
        *,
        format: str = "mail",  # noqa: A002 - the word of the record
        body: str | None = None,
        address: str = "abuse@northwind.example",
        people: int = 2,
        **more: Any,
    ) -> Report:
        service = scene.mapping.services.select_related("provider").order_by("position")[0]
        made = Report(id=new_id(), case=scene.case, site=scene.site, made_at=now)
        text = mail_text(made.pk, to=address) if body is None else body
        used.append(text)
        values: dict[str, Any] = {
            "escalation": scene.escalation,
            "provider": service.provider,
            "contact": service.provider.contacts.first(),
            "purpose": "provider",
            "role": "host",
            "step": 1,
            "state": "signed",
            "next_try_at": now,
            "format": format,
            "digest": hashlib.sha256(text.encode()).hexdigest(),
            "facts_digest": f"{len(used):064d}",
        }
        for name, value in {**values, **more}.items():
            setattr(made, name, value)
        box = {"body": text, "headers": {}, "address": address, "media_type": "text/plain"}
        made.box = seal_for_case(scene.case.pk, box, context=f"report:{made.pk}")
        made.save()
        for user in signers[:people]:
            chain_scene.sign(made, user, now)
        return made

    return make
