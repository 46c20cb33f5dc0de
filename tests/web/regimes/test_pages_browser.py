"""The pages of the rules go through axe-core, light and dark, wide and narrow."""

from __future__ import annotations

from typing import Any

import pytest

from kept_pictures import keep
from staydown_web.regimes.selectors import regimes
from web.portal.test_pages_browser import SEEN, look, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seen", SEEN, ids=lambda s: f"{s['width']}-{s['scheme']}")
def test_the_pages_of_the_rules_have_no_barrier(window: Any, seen: Any) -> None:
    her = window(**seen)
    for path in ("", *(f"{id_}/" for id_ in regimes())):
        page = her.go(f"/rules/{path}")
        look(page)
        keep(page, f"rules-{path.strip('/') or 'all'}")


def test_a_rule_prints_without_what_only_a_screen_needs(window: Any) -> None:
    page = window(width=760, height=1000).go("/rules/eu-dsa/")
    page.emulate_media(media="print")

    for hidden in (".bar", ".foot", "nav[aria-labelledby=h-others]"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator("#h-sources").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep(page, "rules-print")
