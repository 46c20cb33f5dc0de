"""Settings of names and ways out: hosts, the sender of letters, name servers, proxies."""

from __future__ import annotations

import re
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from staydown.errors import ConfigError

_MOST_SERVERS = 8
_HOST = re.compile(r"\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-fA-F:.]+\]")
_MAILBOX = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def parts_of(url: str) -> SplitResult:
    """The parts of an address; of what is none, such as one with a port in letters, no part."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def more_hosts(text: str) -> list[str]:
    """More names that requests may be for.

    Raises:
        ConfigError: one is no name, such as ``*``, which would answer to every name.
    """
    names = [part.strip() for part in text.split(",") if part.strip()]
    if not all(map(_HOST.fullmatch, names)):
        raise ConfigError(
            "STAYDOWN_HOSTS: want names such as staydown.example, separated by commas, each in "
            "full: without *, port or https://"
        )
    return names


def sender_of(text: str) -> str:
    """The sender of letters, or empty.

    Raises:
        ConfigError: no mail address.
    """
    _, mailbox = parseaddr(text)
    if text and (not _MAILBOX.fullmatch(mailbox) or not text.isprintable()):
        raise ConfigError(
            "STAYDOWN_MAIL_FROM: want a mail address, such as staydown@example.org, or "
            "Staydown <staydown@example.org>"
        )
    return text


def dns_servers(text: str) -> list[tuple[str, int]]:
    """Addresses and ports of name servers.

    Raises:
        ConfigError: one is no address.
    """
    servers = [_server(part.strip()) for part in text.split(",") if part.strip()]
    if len(servers) > _MOST_SERVERS:
        raise ConfigError(f"STAYDOWN_DNS_SERVERS: want at most {_MOST_SERVERS} servers")
    return servers


def _server(text: str) -> tuple[str, int]:
    try:
        return str(ip_address(text)), 53
    except ValueError:
        pass
    try:
        parts = urlsplit(f"dns://{text}")
        found = str(ip_address(parts.hostname or "")), parts.port or 53
    except ValueError:
        found = None
    if found is None or parts.netloc != text or "@" in text:
        raise ConfigError(
            "STAYDOWN_DNS_SERVERS: want addresses such as 192.0.2.53, 192.0.2.53:5353 or "
            "[2001:db8::53]:53, separated by commas"
        )
    return found


def proxy_of(url: str) -> str:
    """The address of a proxy, or empty.

    Raises:
        ConfigError: not the address of an HTTP proxy.
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_proxy = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_proxy = False
    if not is_proxy or parts.path not in {"", "/"} or parts.query:
        raise ConfigError(
            "STAYDOWN_ESCALATION_PROXY and STAYDOWN_SECOND_PROXY: want the address of an HTTP "
            "proxy, such as http://proxy.example:3128"
        )
    return url
