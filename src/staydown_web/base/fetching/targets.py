"""Addresses as text: what is accepted, and in which single form it is compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

import idna

from staydown_web.base.errors import FetchRefusedError

_LONGEST = 2_000
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")
_NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be looked at further.

    Attributes:
        scheme: http or https.
        host: a name in lower case (IDNA) or an address in its one canonical form, no brackets.
        port: always given.
        path: path and query as sent, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port; equal for equal origins."""
        return f"{self.scheme}://{self._netloc}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, the usual port left out."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self._netloc}{port}{self.path}"

    @property
    def is_number(self) -> bool:
        """Whether the host is an address already, so that no name has to be looked up."""
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()

    @property
    def _netloc(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_target(url: str) -> Target:
    """Take an address apart, strictly.

    Raises:
        FetchRefusedError: not http or https, a password in it, an odd host or port, too long. The
            message never shows the address.
    """
    if not isinstance(url, str) or len(url) > _LONGEST or _NOT_IN_ADDRESS.search(url):
        raise FetchRefusedError("the address is too long or holds characters that none may hold")
    try:
        parts = urlsplit(url)
        scheme, name, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        raise FetchRefusedError("the address cannot be read; copy it again, whole") from None
    if scheme not in _PORTS:
        raise FetchRefusedError("the address starts with neither http:// nor https://")
    if "@" in parts.netloc or not name:
        raise FetchRefusedError("the address holds a user name, or no host; leave it out")
    if port == 0 or ("[" in parts.netloc) != (":" in name):
        raise FetchRefusedError("the address has no such host or port")
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    query = f"?{quote(parts.query, safe=_PATH_SAFE + '?')}" if parts.query else ""
    return Target(scheme, _host(name), port or _PORTS[scheme], path + query)


def origin_of(url: str) -> str:
    """The origin of an address in the form by which origins are compared.

    Raises:
        FetchRefusedError: as ``read_target``.
    """
    return read_target(url).origin


def redirected(target: Target, location: str) -> Target:
    """Where a redirect leads.

    Raises:
        FetchRefusedError: as ``read_target``, or from https to http.
    """
    if _NOT_IN_ADDRESS.search(location):
        raise FetchRefusedError("a redirect leads to an address that none may have")
    try:
        joined = urljoin(target.url, location)
    except ValueError:
        raise FetchRefusedError("a redirect leads to an address that cannot be read") from None
    found = read_target(joined)
    if target.scheme == "https" and found.scheme == "http":
        raise FetchRefusedError("a redirect leads from https to http")
    return found


def _host(name: str) -> str:
    if ":" in name:
        return _ipv6(name)
    bare = name.removesuffix(".")
    try:
        ascii_name = bare.lower() if bare.isascii() else idna.encode(bare, uts46=True).decode()
    except idna.IDNAError:
        raise FetchRefusedError("the host's name is not one that can exist") from None
    if not _NAME.fullmatch(ascii_name):
        raise FetchRefusedError("the host's name is not one that can exist")
    # Programs read 127.1, 0177.0.0.1, 2130706433 and 0x7f.1 as addresses: only one form is taken.
    if _NUMERIC_LABEL.fullmatch(ascii_name.rpartition(".")[2]):
        try:
            return str(IPv4Address(ascii_name))
        except AddressValueError:
            raise FetchRefusedError("the host is a number in an unusual form") from None
    return ascii_name


def _ipv6(name: str) -> str:
    if "%" in name:
        raise FetchRefusedError("the host names a network card")
    try:
        return str(IPv6Address(name))
    except AddressValueError:
        raise FetchRefusedError("the host is no address that can exist") from None
