"""Addresses that an administrator gives: what can never be reached is refused when it is given."""

from __future__ import annotations

from staydown_web.base.fetching.addresses import is_ownable, is_public
from staydown_web.base.fetching.targets import read_target

_HERE = "localhost"
"""Names that end so are this machine, wherever they are looked up. Source: RFC 6761, 6.3."""
_LOOPBACK = "127.0.0.1"
_NEVER_PUBLIC = frozenset({"internal", "invalid", "local", "test"})
"""Names that end so have no public address. Source: RFC 6761, RFC 6762, ICANN on .internal (2024).

Not .example: our own examples lie there, and are taken as they stand.
"""
_HOME = ".home.arpa"
"""Nor those of home networks. Source: RFC 8375."""
_ENCODED = "xn--"
"""How a label of other letters than ours begins. Source: RFC 5890, 2.3.2.1."""


def is_never_reached(url: str, *, is_owned: bool) -> bool:
    """Whether the fetcher would refuse an address whenever it is asked, by its text alone.

    Names are not looked up here: where they lead may change, and is checked at each try.

    Args:
        url: as it was given.
        is_owned: whether its origin is listed as the platform's own, or allowed in another way.

    Raises:
        FetchRefusedError: as ``read_target``.
    """
    target = read_target(url)
    last = target.host.rpartition(".")[2]
    if target.is_number:
        number = target.host
    elif last == _HERE:
        number = _LOOPBACK
    else:
        is_inner = last in _NEVER_PUBLIC or f".{target.host}".endswith(_HOME)
        return (is_inner and not is_owned) or not all(map(_can_be, target.host.split(".")))
    return not (is_ownable(number) if is_owned else is_public(number))


def _can_be(label: str) -> bool:
    """Whether a label that says so holds other letters; no strict rules, for odd names exist."""
    if not label.startswith(_ENCODED):
        return True
    try:
        return not label.removeprefix(_ENCODED).encode().decode("punycode").isascii()
    except UnicodeError:
        return False
