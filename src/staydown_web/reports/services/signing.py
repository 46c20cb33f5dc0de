"""Documents signed with the key of this service, kept as they were handed out."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from staydown.cli.verify.canon import canonical, readable
from staydown.cli.verify.documents import (
    FORMAT,
    document_digest,
    signed_bytes,
    stamped_bytes,
)
from staydown_web.accounts.models import ServiceSettings
from staydown_web.actions.models import Order
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.base.keys import write_once
from staydown_web.base.sealing import blind, installation_keys, seal, seal_for_case
from staydown_web.base.signing import change_signing_key, destroy_old_keys, signing_key
from staydown_web.cases.models import Case
from staydown_web.reports.models import Document
from staydown_web.reports.selectors.documents import moment, whole_of
from staydown_web.review.models import Decision


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document as it is handed out.

    Attributes:
        data: the file, JSON in UTF-8; ``staydown verify`` takes these bytes and no others.
        digest: SHA-256 of it without a timestamp, 64 hex digits.
        signature: ed25519, 128 hex digits.
    """

    data: bytes
    digest: str
    signature: str


def sign_document(*, kind: str, facts: dict[str, Any], now: datetime) -> SignedDocument:
    """Sign facts; nothing is stored.

    Args:
        kind: of ``Document.Kind``, or another word of docs/evidence.md.
        facts: texts, whole numbers, booleans, null, lists and objects with ASCII keys.
        now: the moment to record, aware UTC.
    """
    return _signed(document_of(kind=kind, facts=facts, now=now))


def document_of(*, kind: str, facts: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A signed document as plain values, such as one inside another."""
    key = signing_key(installation_keys().folder)
    public = base64.b64encode(key.public).decode()
    made = {
        "format": FORMAT,
        "kind": kind,
        "issuer": {"name": _service_name(), "url": str(settings.STAYDOWN_URL)},
        "made_at": moment(now),
        "facts": facts,
        "key": {"fingerprint": key.fingerprint, "public": public},
    }
    return {**made, "signature": key.sign(signed_bytes(made))}


def keep_document(
    *,
    kind: str,
    side: str,
    facts: dict[str, Any],
    now: datetime,
    case: Case | None = None,
    decision: Decision | None = None,
    order: Order | None = None,
    is_of_case: bool = False,
    once: str = "",
) -> Document:
    """Sign facts and keep what was signed; the same facts again give what was signed first.

    Args:
        kind: of ``Document.Kind``.
        side: of ``Document.Side``.
        facts: as ``sign_document``.
        now: the moment to record, aware UTC.
        case: of which it is.
        decision: of which it is.
        order: of which it is.
        is_of_case: it is sealed under the case's key, and forgotten with it.
        once: names the moment that it attests, of which one is made, whatever the facts are later;
            empty: the facts alone tell it from others.

    Raises:
        SealError: the case was erased.
    """
    of_facts = canonical(facts)
    marks = [
        blind(f"{side}:".encode() + told, purpose=f"document:{kind}")
        for told in (once.encode() or of_facts, of_facts)
    ]
    # One that was kept before there was a mark of its moment has that of its facts.
    rows = Document.objects.filter(kind=kind, mark__in=marks).order_by("made_at", "pk")
    found = rows.first()
    if found is not None:
        return found
    signed = document_of(kind=kind, facts=facts, now=now)
    made = Document(
        id=new_id(),
        kind=kind,
        side=side,
        mark=marks[0],
        case=case,
        decision=decision,
        order=order,
        is_of_case=is_of_case,
        digest=document_digest(signed).hex(),
        key=signed["key"]["fingerprint"],
        made_at=now,
    )
    made.box = _sealed(made, signed)
    if settings.STAYDOWN_TIMESTAMP_URL:
        made.stamping, made.next_try_at = Document.Stamping.DUE, now
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # signed twice at the same moment: the first one counts
        return rows[0]
    return made


def file_of(document: Document) -> SignedDocument:
    """A kept document as a file, with its timestamp.

    Raises:
        SealError: its case was erased.
    """
    return _signed(whole_of(document))


def with_timestamp(content: dict[str, Any], *, authority: str, token: bytes) -> dict[str, Any]:
    """A document with what an authority answered, and our signature over both.

    Raises:
        RecordConflictError: the key that signed the document signs no more.
    """
    key = signing_key(installation_keys().folder)
    if key.fingerprint != content["key"]["fingerprint"]:
        raise RecordConflictError("the key that signed this document was changed since")
    text = base64.b64encode(token).decode()
    signature = key.sign(stamped_bytes(content, authority=authority, token=text))
    return {
        **content,
        "timestamp": {"authority": authority, "signature": signature, "token": text},
    }


def change_key(*, now: datetime) -> tuple[str, str]:
    """Sign with a new key from now on; the old one says so last, and its private half is destroyed.

    Returns:
        Fingerprints of the old key and of the new one.

    Raises:
        ConfigError: a file cannot be written.
    """
    folder = installation_keys().folder
    before, after = change_signing_key(folder)
    facts = {"old": before.fingerprint, "new": after.fingerprint, "changed_at": moment(now)}
    made = {
        "format": FORMAT,
        "kind": "key_changed",
        "issuer": {"name": _service_name(), "url": str(settings.STAYDOWN_URL)},
        "made_at": moment(now),
        "facts": facts,
        "key": {
            "fingerprint": before.fingerprint,
            "public": base64.b64encode(before.public).decode(),
        },
    }
    said = readable({**made, "signature": before.sign(signed_bytes(made))})
    write_once(folder / "signing" / f"{before.number:04}.json", said)
    destroy_old_keys(folder)
    return before.fingerprint, after.fingerprint


def _signed(document: dict[str, Any]) -> SignedDocument:
    return SignedDocument(
        readable(document), document_digest(document).hex(), str(document["signature"])
    )


def _sealed(document: Document, content: dict[str, Any]) -> bytes:
    context = f"document:{document.pk}"
    if document.is_of_case and document.case_id is not None:
        return seal_for_case(document.case_id, content, context=context)
    return seal(json.dumps(content, ensure_ascii=False).encode(), context=context)


def _service_name() -> str:
    row = ServiceSettings.objects.first()
    return row.name if row else "Staydown"
