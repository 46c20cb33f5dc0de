"""What keeps people out of a page: rules of axe-core, and a page wider than its window."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ALL_LOOKS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
LOOKS = ALL_LOOKS if os.environ.get("STAYDOWN_ALL_LOOKS") else [(360, "dark"), (1280, "light")]
"""Width in pixels and colours: each once. In all four by `make torture` and `make screens`."""

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    # Of what passes one element a rule is told: a third of the time.
    "resultTypes": ["violations"],
}
FINISHED = (
    "Promise.allSettled(document.getAnimations()"
    ".filter((a) => a instanceof CSSTransition).map((a) => a.finished))"
)


def axe(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA or axe's best practice: a line for each element, its rule first."""
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_load_state()  # a click returns once the answer begins, not once it is all there
    page.evaluate(FINISHED)  # a colour half way between two states is no finding
    found = Axe().run(page, options=OPTIONS).response
    assert found["passes"], f"nothing was looked at on {page.url}"
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def barriers(page: Page) -> list[str]:
    """The same, and whether it scrolls sideways."""
    width, most = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return axe(page) + ([f"{width} px wide in {most}"] if width > most else [])
