"""Another installation as these tests see it: keys, a feed, signed calls; no database of its own.

It writes with the same words as the service, by keys that are made from numbers, so that every run
is the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from staydown.cli.verify.documents import fingerprint_of
from staydown_web.banks.models import Bank
from staydown_web.base.signing import SigningKey
from staydown_web.federation.models import Member
from staydown_web.federation.services.http_signatures import Message, sign_request
from staydown_web.federation.services.member_keys import keep_chain
from staydown_web.federation.services.wire import (
    Statement,
    WireEvent,
    make_statement,
    moment,
    seal_of,
    to_wire,
)

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
HOST = "testserver"


def key_of(name: str, number: int = 1) -> SigningKey:
    """A key that is the same in every run."""
    private = Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(f"{name} {number}".encode()).digest()
    )
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SigningKey(number, private, public, fingerprint_of(public))


def id_of(n: int) -> str:
    """The id of an entry over there."""
    return str(UUID(int=n))


@dataclass
class Peer:
    """An installation over there.

    Attributes:
        name: from which its keys are made.
        feed: the name of its feed for us.
        events: what it said, oldest first, as they travel.
    """

    name: str
    feed: str = str(UUID(int=77))
    events: list[dict[str, Any]] = field(default_factory=list)
    keys: list[SigningKey] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    last: str = ""
    calls: int = 0

    def __post_init__(self) -> None:
        self.add_key()

    @property
    def identity(self) -> str:
        return self.keys[0].fingerprint

    @property
    def key(self) -> SigningKey:
        return self.keys[-1]

    def add_key(self) -> Statement:
        before = self.keys[-1] if self.keys else None
        key = key_of(self.name, len(self.keys) + 1)
        made = make_statement(key, number=key.number, at=NOW, before=before)
        self.keys.append(key)
        self.statements.append(made)
        return made

    def change_key(self) -> None:
        """As the service does: the old key states the new one in the feed."""
        old = self.key
        made = self.add_key()
        self.say("key", "", statement=made.to_dict(), key=old)

    def say(
        self,
        what: str,
        subject: int | str,
        *,
        raw: bytes | None = None,
        origin: str = "",
        key: SigningKey | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Write one event; gives it as it travels."""
        signer = key or self.key
        salt = hashlib.sha256(f"salt {len(self.events)}".encode()).digest()
        bare = WireEvent(
            feed=self.feed,
            seq=len(self.events) + 1,
            what=what,
            origin=origin or self.identity,
            subject=id_of(subject) if isinstance(subject, int) else subject,
            seal=seal_of(salt, raw) if raw is not None else "",
            statement=None,
            at=moment(NOW),
            previous=self.last,
            key=signer.fingerprint,
            signature="",
            raw=raw,
        )
        bare = replace(bare, **more)
        signed = replace(bare, signature=signer.sign(bare.signed_bytes()))
        self.last = signed.digest
        self.events.append(to_wire(signed, salt=salt))
        return self.events[-1]

    def page(self, after: int = 0, limit: int = 500) -> dict[str, Any]:
        """What it answers to a call for its feed."""
        return {
            "feed": self.feed,
            "keys": [s.to_dict() for s in self.statements],
            "events": self.events[after : after + limit],
            "last": len(self.events),
        }

    def join(self, **more: Any) -> Member:
        """Make it a member that is active, with a bank of its own."""
        bank = Bank.objects.create(
            name=self.name, slug=f"member-{self.name}-{Bank.objects.count()}", created_at=NOW
        )
        values: dict[str, Any] = {
            "name": self.name,
            "address": "http://127.0.0.1:8140",
            "is_private": True,
            "identity": self.identity,
            "state": Member.State.ACTIVE,
            "bank": bank,
            "cap_day": 1_000,
            "cap_total": 1_000,
            "asked_at": NOW,
            "started_at": NOW,
            "next_read_at": NOW,
        }
        member = Member.objects.create(**values | more)
        keep_chain(member, self.statements, now=NOW)
        return Member.objects.select_related("bank").get(pk=member.pk)

    def sign(self, path: str, *, at: datetime = NOW, key: SigningKey | None = None, **more: Any):
        """Headers of a signed call of our feed."""
        self.calls += 1
        signer = key or self.key
        asked = {
            "url": f"http://{HOST}{path}",
            "identity": self.identity,
            "keyid": signer.fingerprint,
            "sign": signer.private.sign,
            "created": int(at.timestamp()),
            "nonce": f"{self.name}-nonce-number-{self.calls:06}",
        }
        return sign_request(**asked | more)


def as_message(path: str, headers: dict[str, str]) -> Message:
    """A call as ``check_call`` takes it."""
    bare, _, query = path.partition("?")
    fields = {name.lower(): value for name, value in headers.items()}
    return Message("GET", "http", HOST, bare, query, fields)
