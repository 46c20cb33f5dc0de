"""By what a site is known again under another name."""

from __future__ import annotations

from collections.abc import Sequence

from staydown_web.escalation.chain import MarkFound, Role
from staydown_web.escalation.mapping.networks import Network, registered
from staydown_web.escalation.mapping.page_reading import Markup
from staydown_web.escalation.mapping.run import Run

_MOST_COUNTERS = 6


def name_marks(
    networks: Sequence[Network], servers: Sequence[str], own_domain: str
) -> list[MarkFound]:
    """Addresses and name servers.

    A CDN's addresses are shared by millions of sites and are no marks. Name servers are one mark
    together, because a single one is shared by many; those in the site's own domain are none.
    """
    marks = [
        MarkFound("ip", network.address, network.address)
        for network in networks
        if all(role != Role.CDN for _, role in network.known)
    ]
    others = sorted({name for name in servers if registered(name) != own_domain})
    if others:
        together = ",".join(others)[:1_000]
        marks.append(MarkFound("nameserver", together, ", ".join(others)[:200]))
    return marks


def page_marks(run: Run, markup: Markup) -> list[MarkFound]:
    """The template, and the numbers of visit counters."""
    marks = []
    if markup.template:
        marks.append(MarkFound("template", markup.template, "template"))
    text = "\n".join([markup.code, *(part.url for part in markup.parts if part.tag == "script")])
    for counter in run.ways.signatures.counters:
        found = dict.fromkeys(match[1][:80] for match in counter.pattern.finditer(text))
        marks += [
            MarkFound("analytics", f"{counter.key}:{number}", f"{counter.key} {number}")
            for number in list(found)[:_MOST_COUNTERS]
        ]
    return marks
