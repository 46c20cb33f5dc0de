"""Addresses that an administrator gives: what can never be reached is refused when it is given."""

from __future__ import annotations

from staydown_web.base.fetching.addresses import is_ownable, is_public
from staydown_web.base.fetching.targets import read_target

_HERE = "localhost"
"""Names that end so are this machine, wherever they are looked up. Source: RFC 6761, 6.3."""
_LOOPBACK = "127.0.0.1"


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
    if target.is_number:
        number = target.host
    elif target.host.rpartition(".")[2] == _HERE:
        number = _LOOPBACK
    else:
        return False
    return not (is_ownable(number) if is_owned else is_public(number))
