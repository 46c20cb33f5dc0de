"""All by which the mapper looks at the net, in one record: tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.conf import settings

import staydown
from staydown_web.base.clock import utc_now
from staydown_web.base.fetching import Fetcher, through_proxy
from staydown_web.escalation.mapping.bootstrap import Bootstrap, load_bootstrap
from staydown_web.escalation.mapping.names import Names
from staydown_web.escalation.mapping.signatures import Signatures, carried_signatures
from staydown_web.escalation.mapping.way_out import WayOut


@dataclass(frozen=True, slots=True)
class Ways:
    """How the net is looked at.

    Attributes:
        names: DNS.
        fetcher: the guarded way to pages and RDAP servers.
        bootstrap: which RDAP server knows what.
        clock: gives the moment, for whoever makes maps one after another.
        signatures: our lists of services.
    """

    names: Names
    fetcher: WayOut
    bootstrap: Bootstrap
    clock: Callable[[], datetime] = utc_now
    signatures: Signatures = field(default_factory=carried_signatures)


@cache
def system_ways() -> Ways:
    """The ways of this installation, by its settings; one for the process, so that pace holds.

    Raises:
        BootstrapError: a list of RDAP servers that the operator installed is damaged.
    """
    names = Names(servers=tuple(settings.STAYDOWN_DNS_SERVERS))
    agent = f"Staydown/{staydown.__version__} (+{settings.STAYDOWN_URL})"
    fetcher = Fetcher(resolve=names.resolve, user_agent=agent)
    if proxy := settings.STAYDOWN_ESCALATION_PROXY:
        fetcher = Fetcher(resolve=names.resolve, user_agent=agent, dial=through_proxy(proxy))
    return Ways(names, WayOut(fetcher), load_bootstrap(settings.STAYDOWN_HOME))
