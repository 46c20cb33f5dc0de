"""Names, as DNS knows them: asked of servers that the operator set, or the system's."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.reversename

from staydown_web.base.errors import FetchError

_MOST_RECORDS = 20
_LONGEST_CHAIN = 8
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")


class NameUnknownError(FetchError):
    """No such name, or none of this kind: an answer, not a failure."""

    def __init__(self) -> None:
        super().__init__("the host's name is not known", retryable=False)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a name leads.

    Attributes:
        chain: the names by which it goes on (CNAME), in order, without the first.
        addresses: IPv4 and IPv6 as text; whether they are public is for others to check.
    """

    chain: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """DNS look-ups within a time. What comes back is only ever text of a checked shape.

    Attributes:
        servers: ``IP`` or ``(IP, port)``; empty asks the servers of the system.
        timeout_s: for one look-up, all servers together.
    """

    servers: Sequence[str | tuple[str, int]] = ()
    timeout_s: float = 3.0
    _made: list[dns.resolver.Resolver] = field(default_factory=list, repr=False, compare=False)

    def resolve(self, name: str, timeout_s: float) -> list[str]:
        """As ``base.fetching.resolving.Resolve``: for the guarded way out.

        Raises:
            FetchError: no such name, or no answer in time.
        """
        found = self.addresses(name, timeout_s)
        if not found.addresses:
            raise NameUnknownError
        return list(found.addresses)

    def addresses(self, name: str, timeout_s: float | None = None) -> Addresses:
        """A and AAAA of a name, with the names it goes on by.

        Raises:
            FetchError: no answer in time; ``NameUnknownError``: there is no such name.
        """
        ends_at = time.monotonic() + min(timeout_s or self.timeout_s, self.timeout_s)
        chain: list[str] = []
        found: list[str] = []
        failed: FetchError | None = None
        for kind in ("A", "AAAA"):
            try:
                answer = self._ask(name, kind, ends_at - time.monotonic())
            except NameUnknownError:
                continue
            except FetchError as error:
                failed = error
                continue
            chain = chain or _chain_of(answer)
            found += _texts(answer, kind)
        if not found and not chain and failed is not None:
            raise failed
        if not found and not chain:
            raise NameUnknownError
        return Addresses(tuple(chain), tuple(dict.fromkeys(found)))

    def records(self, name: str, kind: str, timeout_s: float | None = None) -> list[str]:
        """The records of one kind (``NS``, ``MX``, ``TXT``, ``CNAME``), lower case, no end dot.

        Mail servers come best first; a null one (RFC 7505) is none.

        Raises:
            FetchError: no answer in time. A name that is not there gives no records.
        """
        try:
            answer = self._ask(name, kind, min(timeout_s or self.timeout_s, self.timeout_s))
        except NameUnknownError:
            return []
        return _texts(answer, kind)

    def zone(self, name: str, timeout_s: float | None = None) -> tuple[str, str]:
        """The zone that holds a name, and the name server that its SOA names first.

        Raises:
            FetchError: no answer in time; ``NameUnknownError``: no zone is found.
        """
        ends_at = time.monotonic() + min(timeout_s or self.timeout_s, self.timeout_s)
        labels = name.rstrip(".").split(".")
        for start in range(min(len(labels) - 1, _LONGEST_CHAIN)):
            zone = ".".join(labels[start:])
            try:
                answer = self._ask(zone, "SOA", ends_at - time.monotonic())
            except NameUnknownError:
                continue
            texts = _texts(answer, "SOA")
            # A server may answer for the name that a CNAME leads to: that is another zone.
            if texts and answer.rrset is not None and _plain(answer.rrset.name) == zone:
                return zone, texts[0]
        raise NameUnknownError

    def _ask(self, name: str, kind: str, timeout_s: float) -> dns.resolver.Answer:
        if timeout_s <= 0:
            raise FetchError("the host's name was not found in time")
        try:
            return self._resolver().resolve(
                dns.name.from_text(name), kind, lifetime=timeout_s, search=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            raise NameUnknownError from None
        except (dns.exception.DNSException, OSError, ValueError):
            raise FetchError("the name servers did not answer as needed") from None

    def _resolver(self) -> dns.resolver.Resolver:
        if not self._made:
            made = dns.resolver.Resolver(configure=not self.servers)
            if self.servers:
                made.nameservers = [_server(server) for server in self.servers]
            made.timeout = min(1.5, self.timeout_s)
            made.cache = None
            self._made.append(made)
        return self._made[0]


def reverse_of(address: str, suffix: str) -> str:
    """An address turned round below a name, as look-ups of networks ask: ``1.2.0.192.<suffix>``."""
    number = ip_address(address)
    full = dns.reversename.from_address(str(number)).to_text().rstrip(".")
    return full.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa") + f".{suffix}"


def _server(server: str | tuple[str, int]) -> dns.nameserver.Nameserver:
    address, port = (server, 53) if isinstance(server, str) else server
    return dns.nameserver.Do53Nameserver(str(ip_address(address)), port)


def _chain_of(answer: dns.resolver.Answer) -> list[str]:
    """The names that a CNAME led to, in the order of the chain."""
    names: list[str] = []
    for rrset in answer.chaining_result.cnames[:_LONGEST_CHAIN]:
        names += [_plain(record.target) for record in list(rrset)[:1]]
    return [name for name in names if _HOST.fullmatch(name)]


def _texts(answer: dns.resolver.Answer, kind: str) -> list[str]:
    records = list(answer)[:_MOST_RECORDS]
    match kind:
        case "A" | "AAAA":
            found = [str(ip_address(record.address)) for record in records]
        case "MX":
            records.sort(key=lambda record: (record.preference, record.exchange))
            found = [_plain(record.exchange) for record in records]
        case "SOA":
            found = [_plain(record.mname) for record in records]
        case "TXT":
            return [b"".join(record.strings).decode("latin-1")[:500] for record in records]
        case _:
            found = [_plain(record.target) for record in records]
    return [text for text in found if ":" in text or _HOST.fullmatch(text)]


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
