"""Calls between installations: ours are signed, theirs are checked."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import IntegrityError, transaction

from staydown_web.base.errors import (
    ExchangeAuthError,
    ExchangePayloadError,
    ExchangeUnavailableError,
    FeedUnknownError,
    MemberUnknownError,
    SignatureError,
)
from staydown_web.base.fetching import Called, Fetcher, origin_of
from staydown_web.base.ids import new_token
from staydown_web.base.signing import SigningKey
from staydown_web.federation.models import Member, MemberKey, SeenNonce
from staydown_web.federation.services.http_signatures import (
    COVERED,
    IDENTITY_FIELD,
    TAG,
    Message,
    read_signature,
    sign_request,
    signature_base,
)
from staydown_web.federation.services.member_keys import learn_keys, statements_in
from staydown_web.federation.services.wire import holds

SKEW = timedelta(minutes=5)
"""How far the clocks of two installations may be apart."""
NONCES_KEPT = timedelta(minutes=15)
KEYS_FIELD = "staydown-keys"
MOST_PAGE_BYTES = 24 << 20
_MOST_KEYS_BYTES = 256 << 10
_MOST_STATEMENTS = 10
_MOST_NONCE = 64
_TIMEOUT_S = 20.0
_FEED, _KEYS = "/federation/v1/feed", "/federation/v1/keys"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a member; made in the database's thread, sent in another.

    Attributes:
        member: as it stood.
        is_ahead: whether only withdrawals are looked for, because it is paused.
        url: whole.
        headers: signed.
        origins: that may lie in a private network.
    """

    member: Member
    is_ahead: bool
    url: str
    headers: dict[str, str]
    origins: tuple[str, ...]


def make_question(
    member: Member,
    *,
    is_ahead: bool,
    limit: int,
    identity: str,
    key: SigningKey,
    statements: list[dict[str, Any]],
    now: datetime,
) -> Question:
    """A signed call for the next page of a member's feed."""
    asked = {
        "feed": str(member.their_feed or ""),
        "after": member.ahead if is_ahead else member.cursor,
        "limit": limit,
    }
    url = f"{member.address}{_FEED}?{urlencode(asked)}"
    headers = sign_request(
        url=url,
        identity=identity,
        keyid=key.fingerprint,
        sign=key.private.sign,
        created=int(now.timestamp()),
        nonce=new_token(),
    )
    if len(statements) > 1:
        text = json.dumps(statements[-_MOST_STATEMENTS:], separators=(",", ":"))
        headers["Staydown-Keys"] = base64.b64encode(text.encode()).decode()
    origins = (origin_of(member.address),) if member.is_private else ()
    return Question(member, is_ahead, url, headers, origins)


def send_question(question: Question, fetcher: Fetcher) -> dict[str, Any]:
    """Send it; touches no table.

    Raises:
        ExchangeAuthError: the member does not know us, or our signature does not hold there.
        ExchangeUnavailableError: no answer, or it asks to wait.
        ExchangePayloadError: an answer that cannot be read.
        FeedUnknownError: the member has another feed for us now.
        FetchRefusedError, ContentTooLargeError: as the fetcher.
    """
    answer = fetcher.call(
        url=question.url,
        headers=question.headers,
        allowed_origins=question.origins,
        max_bytes=MOST_PAGE_BYTES,
        timeout_s=_TIMEOUT_S,
    )
    return _read(answer)


def ask_keys(
    *, address: str, is_private: bool, fetcher: Fetcher
) -> tuple[str, list[dict[str, Any]]]:
    """The identity and the keys that an installation states of itself.

    Raises:
        As ``send_question``.
    """
    answer = fetcher.call(
        url=f"{address}{_KEYS}",
        headers={},
        allowed_origins=(origin_of(address),) if is_private else (),
        max_bytes=_MOST_KEYS_BYTES,
        timeout_s=_TIMEOUT_S,
    )
    match _read(answer):
        case {"installation": str(identity), "keys": list(keys)}:
            return identity, keys
        case _:
            raise ExchangePayloadError("the address does not answer as an installation does")


def check_call(message: Message, *, now: datetime) -> Member:
    """Whose call this is.

    Raises:
        SignatureError: no signature that holds, of another moment, or used before.
        MemberUnknownError: of nobody who is a member here.
    """
    signed = read_signature(message.fields)
    is_whole = set(COVERED) <= set(signed.covered) and signed.tag == TAG
    if not is_whole or signed.alg not in {"", "ed25519"}:
        raise SignatureError("the signature does not cover what it must")
    if not 16 <= len(signed.nonce) <= _MOST_NONCE:
        raise SignatureError("the signature has no nonce, or not one that can be kept")
    if abs(now.timestamp() - signed.created) > SKEW.total_seconds():
        raise SignatureError("the signature is of another moment; set the clocks of both sides")
    states = (Member.State.ACTIVE, Member.State.PAUSED)
    identity = message.fields.get(IDENTITY_FIELD, "")
    member = Member.objects.filter(identity=identity, state__in=states).first()
    if member is None:
        raise MemberUnknownError("this installation is no member here; ask its people to invite it")
    with transaction.atomic():
        key = _key_of(member, signed.keyid, message, now)
        base = signature_base(message, signed.covered, signed.params)
        if not holds(bytes.fromhex(key.public), signed.signature.hex(), base):
            raise SignatureError("the signature does not hold")
        _use_nonce(member, signed.nonce, now)
    return member


def _key_of(member: Member, keyid: str, message: Message, now: datetime) -> MemberKey:
    keys = MemberKey.objects.filter(member=member, fingerprint=keyid).exclude(ends_at__lte=now)
    found = keys.first()
    if found is None and KEYS_FIELD in message.fields:
        try:
            learn_keys(member, statements_in(message.fields[KEYS_FIELD]), now=now)
        except ExchangePayloadError:
            raise SignatureError("the key was not stated by the one before it") from None
        found = keys.first()
    if found is None:
        raise SignatureError("the signature is of a key that is not in use")
    return found


def _use_nonce(member: Member, nonce: str, now: datetime) -> None:
    try:
        with transaction.atomic():
            SeenNonce.objects.create(member=member, nonce=nonce, at=now)
    except IntegrityError:
        raise SignatureError("this very call came before; sign each one anew") from None


def _read(answer: Called) -> dict[str, Any]:
    match answer.status:
        case 200:
            try:
                read = json.loads(answer.body)
            except ValueError:
                read = None
            if isinstance(read, dict):
                return read
            raise ExchangePayloadError("the answer is not JSON, or half of it")
        case 401 | 403:
            raise ExchangeAuthError("the other installation does not take our call")
        case 409:
            raise FeedUnknownError("the other installation has another feed for us now")
        case _:
            text = answer.headers.get("retry-after", "")
            wait = min(int(text), 86_400) if text.isascii() and text.isdigit() else 0
            raise ExchangeUnavailableError("the other installation is down", retry_after_s=wait)
