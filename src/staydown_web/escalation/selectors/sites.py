"""What is known of sites."""

from __future__ import annotations

from staydown_web.base.sealing import unseal
from staydown_web.escalation.models import Site


def domain_of(site: Site) -> str:
    """The domain of a site."""
    return unseal(site.domain_box, context=f"site:{site.pk}").decode()
