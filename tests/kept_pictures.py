"""Pictures of the pages that tests look at, for docs: only where a folder for them is named.

``make screens`` names ``docs/screens``; without it nothing is written.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

COLOURS = 48
"""A palette, so that all pictures together stay small."""
TALLEST = 4000
CALLED = (
    r"(?:STAYDOWN_HOME=(?:'[^']*'|\S+) )?(?:'/[^']*/staydown'|/\S*/staydown|staydown)(?= [a-z])"
)
"""A command as pages name it, with the paths of the machine that takes the pictures; for Python and
for JavaScript."""
_SHORTEN = """called => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const short = text.data.replace(new RegExp(called, "g"), "staydown");
    if (short !== text.data) text.data = short;
  }
}"""
_LAY = """position => {
  for (const bar of document.querySelectorAll(".decide")) bar.style.position = position;
}"""


def keep(page: Page, name: str) -> None:
    """The page as it stands, under its name, width and colours; nothing where nobody asked."""
    if folder := os.environ.get("STAYDOWN_PICTURES"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        save(taken(page), Path(folder, named(name, width, is_dark=is_dark)))


def taken(page: Page) -> bytes:
    """A picture of the whole page, without the paths of this machine.

    What stays at the edge of a window while one scrolls lies where it ends, and covers nothing.
    """
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(_SHORTEN, CALLED)
    page.evaluate(_LAY, "static")
    picture = page.screenshot(full_page=True)
    page.evaluate(_LAY, "")
    return picture


def named(name: str, width: int, *, is_dark: bool) -> str:
    """How a picture's file is called."""
    return f"{name}-{width}{'-dark' if is_dark else ''}.png"


def save(data: bytes, path: Path) -> None:
    """Write a picture with few colours, and no taller than people scroll."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
