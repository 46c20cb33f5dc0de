"""Sending a notice once, however often the button is pressed or the answer is lost (ADR-0030)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError
from django.db.models import DateTimeField
from django.db.models.functions import Trunc

from staydown_web.base.errors import RecordConflictError
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import lasting_name
from staydown_web.cases.forms import Filing
from staydown_web.cases.models import Case
from staydown_web.cases.services import Filed, file_case
from staydown_web.portal.models import Sending

KEEP: Final = keeps("sending")
"""As long as a lost answer can be asked for again."""
KEEP_MARK: Final = keeps("sent_mark")
"""As long as the same draft files nothing again: a browser may bring a page back days later, and
send what led to it anew."""

_NONCE: Final = bytes(12)
"""One key seals one receipt and no more, so the nonce may be fixed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What she takes with her.

    Attributes:
        case: as filed.
        phrase: six words.
    """

    case: Case
    phrase: str


def send_notice(*, filing: Filing, token: str, now: datetime) -> Receipt:
    """File a notice, or give the receipt again where the same draft was filed before.

    Args:
        filing: what she sends.
        token: of the draft, 32 hex digits that only her browser knows; never stored.
        now: aware, UTC.

    Raises:
        FieldsError: field -> what to do; nothing was stored.
        RecordConflictError: the draft was sent, too long ago for its receipt.
    """
    mark = lasting_name(token.encode(), purpose="sending")
    before = _receipt_of(mark, token)
    if before is not None:
        return before

    def keep_receipt(filed: Filed) -> None:
        box = _seal(token, {"case": str(filed.case.pk), "phrase": filed.phrase})
        Sending.objects.create(token_blind=mark, case=filed.case, box=box, sent_at=now)

    try:
        # In one transaction: a process that dies between the two would leave a notice whose
        # draft, sent again, files another.
        filed = file_case(filing=filing, now=now, also=keep_receipt)
    except IntegrityError:  # pressed twice at the same moment: the first one's receipt is good
        first = _receipt_of(mark, token)
        if first is None:
            raise
        return first
    return Receipt(filed.case, filed.phrase)


def clear_sendings(now: datetime) -> int:
    """Empty receipts that nobody will ask for again; their marks go later, and lead to no case.

    Returns:
        How many rows were emptied or went.
    """
    gone = Sending.objects.filter(sent_at__lte=now - KEEP_MARK).delete()[0]
    over = Sending.objects.filter(sent_at__lte=now - KEEP, box__isnull=False)
    # By its moment a row would lead to the case that was filed in it.
    days = Trunc("sent_at", "day", output_field=DateTimeField(), tzinfo=UTC)
    return gone + over.update(case=None, box=None, sent_at=days)


def _receipt_of(mark: str, token: str) -> Receipt | None:
    row = Sending.objects.select_related("case").filter(token_blind=mark).first()
    if row is None:
        return None
    if row.case is None or row.box is None:
        raise RecordConflictError("this notice was sent before")
    held = json.loads(AESGCM(_key(token)).decrypt(_NONCE, bytes(row.box), mark.encode()))
    return Receipt(row.case, held["phrase"])


def _seal(token: str, value: dict[str, str]) -> bytes:
    mark = lasting_name(token.encode(), purpose="sending")
    return AESGCM(_key(token)).encrypt(_NONCE, json.dumps(value).encode(), mark.encode())


def _key(token: str) -> bytes:
    """A key out of the token's 128 random bits; the database alone does not yield it."""
    return hashlib.blake2b(bytes.fromhex(token), digest_size=32, person=b"receipt").digest()
