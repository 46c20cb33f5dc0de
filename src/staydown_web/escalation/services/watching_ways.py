"""The second way out, by which links are looked for that the first does not find."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from django.conf import settings

from staydown_web.base.fetching import through_proxy
from staydown_web.escalation.mapping import WayOut, system_ways


@cache
def second_way() -> WayOut | None:
    """The way through the operator's second proxy, with the pace of the first; None: none is set.

    Never directly where a proxy is set: whoever sets one does not want sites to see this machine.
    """
    proxy = settings.STAYDOWN_SECOND_PROXY
    if not proxy:
        return None
    way = system_ways().fetcher
    return replace(way, fetcher=replace(way.fetcher, dial=through_proxy(proxy)))
