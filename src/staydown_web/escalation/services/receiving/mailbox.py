"""The mailbox to which answers come, read by IMAP over verified TLS.

Nothing in it is changed: messages are fetched without being marked, and the last number that was
dealt with is kept here. A message that cannot be read is passed over, so that it never holds up
those behind it.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from staydown_web.base.errors import FetchError
from staydown_web.escalation.models import Sender
from staydown_web.escalation.selectors.secrets import secrets
from staydown_web.escalation.services.receiving import keeping
from staydown_web.escalation.services.receiving.structure import MOST_BYTES

_TIMEOUT_S = 20.0
_AT_ONCE = 50
_GONE = "gone"
_SEEN = re.compile(r"(\d{1,15}):(\d{1,15})(?:!(\d))?")
_MOST_TRIES = 5
"""Of one message. A process that dies over it, again and again, passes it over."""
_NUMBER = re.compile(rb"\d{1,10}")


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the mailbox was read.

    Attributes:
        validity: the server's number of this numbering; another one means that it began anew.
        uid: of the last message that was dealt with.
        tries: how often the next one was begun and not finished.
    """

    validity: int
    uid: int
    tries: int = 0

    def __str__(self) -> str:
        return f"{self.validity}:{self.uid}" + (f"!{self.tries}" if self.tries else "")


def take_in_mail(*, now: datetime, tls: ssl.SSLContext | None = None) -> int:
    """Take in what has come to the mailbox, oldest first, at most 50 messages.

    Args:
        now: the moment, aware UTC.
        tls: whom to trust; None trusts the system's authorities.

    Returns:
        How many messages were dealt with; 0 where no mailbox is set.

    Raises:
        FetchError: the server does not answer, or not as needed; what was dealt with until then is
            kept.
    """
    sender = Sender.objects.filter(pk=1).first()
    if sender is None or not sender.imap_host or not sender.imap_user:
        return 0
    done: Counter[str] = Counter()
    try:
        with _opened(sender, tls or ssl.create_default_context()) as server:
            _read(server, sender, now, done)
    finally:
        keeping.note_discarded(done, now=now)
    return sum(done.values())


def try_mailbox(*, tls: ssl.SSLContext | None = None) -> int:
    """Sign in to the mailbox and look, without reading a message.

    Args:
        tls: whom to trust; None trusts the system's authorities.

    Returns:
        How many messages lie in it.

    Raises:
        FetchError: no mailbox is set, or it cannot be opened; why, in words for an administrator.
    """
    sender = Sender.objects.filter(pk=1).first()
    if sender is None or not sender.imap_host or not sender.imap_user:
        raise FetchError("no mailbox is set; enter its server and its user name")
    with _opened(sender, tls or ssl.create_default_context()) as server:
        status, said = server.select("INBOX", readonly=True)
        if status != "OK":
            raise FetchError("the mailbox has no folder INBOX")
        return int(said[0] or 0)


@contextmanager
def _opened(sender: Sender, tls: ssl.SSLContext) -> Iterator[imaplib.IMAP4_SSL]:
    try:
        server = imaplib.IMAP4_SSL(
            sender.imap_host, sender.imap_port, ssl_context=tls, timeout=_TIMEOUT_S
        )
        try:
            server.login(sender.imap_user, secrets("imap_password"))
            yield server
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()
            with suppress(OSError):
                server.shutdown()  # a connection that broke off before is closed here too
    except ssl.SSLError:
        raise FetchError("no safe connection to the mailbox; see its certificate") from None
    except (imaplib.IMAP4.error, OSError):
        raise FetchError("the mailbox does not answer, or refuses its name or password") from None


def _read(server: imaplib.IMAP4_SSL, sender: Sender, now: datetime, done: Counter[str]) -> None:
    server.select("INBOX", readonly=True)
    seen = _begin(sender.imap_seen, _validity_of(server))
    for uid in _new_uids(server, seen)[:_AT_ONCE]:
        if seen.tries >= _MOST_TRIES:
            done[keeping.BROKEN] += 1
        else:
            _remember(sender, Seen(seen.validity, seen.uid, seen.tries + 1))
            raw = _fetched(server, uid)
            # A message that was deleted meanwhile gives nothing.
            done[keeping.take_in(raw=raw, now=now).why if raw else _GONE] += 1
        seen = Seen(seen.validity, uid)
        _remember(sender, seen)


def _remember(sender: Sender, seen: Seen) -> None:
    """Unless another worker reads the same mailbox: what both take in is kept once all the same."""
    Sender.objects.filter(pk=1, imap_seen=sender.imap_seen).update(imap_seen=str(seen))
    sender.imap_seen = str(seen)


def _begin(imap_seen: str, validity: int) -> Seen:
    found = _SEEN.fullmatch(imap_seen)
    if found and int(found[1]) == validity:
        return Seen(validity, int(found[2]), int(found[3] or 0))
    # Numbered anew: everything is looked at again, and what was kept is kept once.
    return Seen(validity, 0)


def _validity_of(server: imaplib.IMAP4_SSL) -> int:
    _, said = server.response("UIDVALIDITY")
    found = _NUMBER.search(said[0] or b"") if said else None
    if found is None:
        raise FetchError("the mailbox does not say how it numbers its messages")
    return int(found[0])


def _new_uids(server: imaplib.IMAP4_SSL, seen: Seen) -> list[int]:
    status, said = server.uid("SEARCH", f"UID {seen.uid + 1}:*")
    if status != "OK":
        raise FetchError("the mailbox does not list its messages")
    uids = [int(n) for part in said for n in _NUMBER.findall(part or b"")]
    # "n:*" always names the last message, also where it is an old one.
    return sorted({uid for uid in uids if uid > seen.uid})


def _fetched(server: imaplib.IMAP4_SSL, uid: int) -> bytes:
    """The first MiB of a message, without marking it as read; empty where it is gone."""
    status, said = server.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    if status != "OK":
        raise FetchError("the mailbox does not give a message")
    return next((part[1] for part in said if isinstance(part, tuple)), b"")
