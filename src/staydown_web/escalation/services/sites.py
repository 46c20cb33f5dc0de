"""Sites are kept by their domain, sealed."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal
from staydown_web.escalation.domains import host_of, site_domain
from staydown_web.escalation.models import Site


def site_of_url(*, url: str, now: datetime) -> Site:
    """The site of an address; made where it is the first of it.

    Raises:
        FetchRefusedError: not an address that we go to.
    """
    return site_of_domain(domain=site_domain(host_of(url)), now=now)


def site_of_domain(*, domain: str, now: datetime) -> Site:
    """The site with a domain; made where it is new."""
    made = Site(id=new_id(), made_at=now)
    return Site.objects.get_or_create(
        domain_blind=blind(domain.encode(), purpose="site"),
        defaults={
            "id": made.pk,
            "domain_box": seal(domain.encode(), context=f"site:{made.pk}"),
            "made_at": now,
        },
    )[0]
