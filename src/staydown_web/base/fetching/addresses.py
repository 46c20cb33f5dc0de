"""Addresses as numbers: which the fetcher connects to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_UNICAST_6 = IPv6Network("2000::/3")
_REFUSED_6 = [
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address, of whatever kind, inside
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
]
_REFUSED_4 = [IPv4Network(block) for block in ("0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24")]


def is_public(address: str) -> bool:
    """Whether an address belongs to the open internet, by its number alone.

    IPv6 addresses that carry an IPv4 address (mapped, 6to4, Teredo, NAT64) never do, whatever they
    carry: nobody publishes a picture there. Source: the IANA special-purpose registries.
    """
    number = ip_address(address)
    if number.is_multicast or not number.is_global:
        return False
    if isinstance(number, IPv4Address):
        return not any(number in block for block in _REFUSED_4)
    return number in _UNICAST_6 and not any(number in block for block in _REFUSED_6)


def is_ownable(address: str) -> bool:
    """Whether an origin that a platform lists as its own may lie there.

    Private networks and loopback are; where clouds keep their instance metadata, multicast and
    nowhere never.
    """
    number = ip_address(address)
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        return False
    aws_metadata = IPv6Address("fd00:ec2::254")
    return not (
        number.is_link_local
        or number.is_multicast
        or number.is_unspecified
        or number == aws_metadata
        or (isinstance(number, IPv4Address) and number.is_reserved)
    )
