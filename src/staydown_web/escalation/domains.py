"""Which site an address belongs to: by the public suffix list."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList

from staydown_web.base.errors import FetchRefusedError
from staydown_web.base.fetching import origin_of


def host_of(url: str) -> str:
    """The host of an address, lower case, IDNA, without brackets.

    Raises:
        FetchRefusedError: not an address that we go to.
    """
    return origin_of(url).split("//", 1)[1].rpartition(":")[0].strip("[]")


def site_domain(host: str) -> str:
    """The domain that stands for one site: one label below a public suffix.

    ``img.pics.example.co.uk`` gives ``example.co.uk``; ``a.github.io`` stays as it is,
    because whoever rents a name there has a site of their own. A number gives itself.

    Raises:
        FetchRefusedError: a public suffix alone, or no name.
    """
    return _cut(host, _suffixes())


def registered_domain(host: str) -> str:
    """The domain that a registrar sold, of which a host is part: ``github.io`` for ``a.github.io``.

    Raises:
        FetchRefusedError: a public suffix alone, or no name.
    """
    return _cut(host, _registries())


def _cut(host: str, suffixes: PublicSuffixList) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    found = suffixes.privatesuffix(host.rstrip(".").lower())
    if not found:
        raise FetchRefusedError("the host belongs to no site: it is a public suffix")
    return str(found)


@cache
def _suffixes() -> PublicSuffixList:
    # The package carries the list; it never asks for a newer one.
    return PublicSuffixList(accept_unknown=True)


@cache
def _registries() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True, only_icann=True)
