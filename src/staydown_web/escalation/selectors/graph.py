"""The chain as a drawing: where each box, line and word goes. It knows places, not pages.

Two columns stand beside the site: what keeps it reachable, and what keeps it paid and named. The
view box grows with the longer column, so boxes never overlap and every service is drawn once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from staydown_web.base.wording import listed
from staydown_web.escalation.chain import Confidence, Role

REACHABLE = (Role.HOST, Role.CDN, Role.NETWORK, Role.DNS, Role.MAIL)
"""Roles on the left, in the order in which they are drawn; the others stand on the right."""
NAMED = (Role.REGISTRAR, Role.REGISTRY, Role.PAYMENT, Role.ADS)

WIDTH = 1000
NODE_WIDTH, NODE_HEIGHT = 240, 68
LEFT, RIGHT = 20, WIDTH - 20 - NODE_WIDTH
TOP = 60
PITCH, TIGHT_PITCH = 90, 80
MANY = 5
"""With more than this in a column, the boxes stand closer."""
BOTTOM = 22
SITE_LEAST, SITE_MOST, SITE_HEIGHT = 200, 280, 76
INSIDE = 14
NAME_PX, SUB_PX = 14.0, 12.5
"""Sizes of the letters, as in the stylesheet."""


@dataclass(frozen=True, slots=True)
class Node:
    """What is to be drawn of one service.

    Attributes:
        role: a value of ``Role``.
        label: the role in words.
        name: of the provider.
        note: by what it was found, in a few words.
        confidence: a value of ``Confidence``.
        is_ready: whether a report to it waits for signatures.
    """

    role: str
    label: str
    name: str
    note: str
    confidence: str
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text, cut to its box; ``whole`` is the full one where it was cut."""

    x: int
    y: int
    text: str
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One service, drawn."""

    x: int
    y: int
    width: int
    height: int
    label: Words
    name: Words
    note: Words
    line: str
    confidence: str
    is_ready: bool

    @property
    def whole(self) -> str:
        """All its words, for who points at it; empty where nothing was cut."""
        cut = any(words.whole for words in (self.label, self.name, self.note))
        lines = (words.whole or words.text for words in (self.label, self.name, self.note))
        return listed(line for line in lines if line) if cut else ""


@dataclass(frozen=True, slots=True)
class Graph:
    """The whole drawing, in units of its view box.

    Attributes:
        width, height: of the view box.
        boxes: of the services: the left column from the top, then the right one.
        site: x, y, width and height of the box in the middle.
        name, note: the words in it.
        bare: x and y where a column that holds nothing says so.
        confidences: those that occur, for the legend.
        has_ready: whether a report waits for signatures.
    """

    width: int
    height: int
    boxes: tuple[Box, ...]
    site: tuple[int, int, int, int]
    name: Words
    note: Words
    bare: tuple[tuple[int, int], ...]
    confidences: tuple[str, ...]
    has_ready: bool


def draw_chain(*, domain: str, note: str, nodes: Sequence[Node]) -> Graph:
    """Lay out the chain of a site.

    Args:
        domain: of the site.
        note: how its links stand, in a few words.
        nodes: its services, any number.
    """
    left = _ordered(nodes, REACHABLE)
    right = _ordered(nodes, NAMED)
    pitch = PITCH if max(len(left), len(right)) <= MANY else TIGHT_PITCH
    tallest = max(len(left), len(right), 1)
    inner = (tallest - 1) * pitch + NODE_HEIGHT
    middle = TOP + inner // 2
    site = _site_box(domain, note, middle)
    boxes = (
        *_column(left, LEFT, pitch, inner, site),
        *_column(right, RIGHT, pitch, inner, site),
    )
    seen = {box.confidence for box in boxes}
    center = site[0] + site[2] // 2
    return Graph(
        width=WIDTH,
        height=TOP + inner + BOTTOM,
        boxes=boxes,
        site=site,
        name=_fit(domain, center, site[1] + 34, site[2] - 2 * INSIDE, NAME_PX),
        note=_fit(note, center, site[1] + 55, site[2] - 2 * INSIDE, SUB_PX),
        bare=tuple((x, middle) for x, found in ((LEFT, left), (RIGHT, right)) if not found),
        confidences=tuple(one for one in Confidence.values if one in seen),
        has_ready=any(box.is_ready for box in boxes),
    )


def cut_to(text: str, room: float, size: float) -> str:
    """A text that fits, with … at its end where it was cut.

    Args:
        text: the words.
        room: width in units of the view box.
        size: of the letters, in the same units.
    """
    if text_width(text, size) <= room:
        return text
    kept = text
    while kept and text_width(kept.rstrip() + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def note_fits(text: str) -> bool:
    """Whether a note of a service fits into its box."""
    return text_width(text, SUB_PX) <= NODE_WIDTH - 2 * INSIDE


def text_width(text: str, size: float) -> float:
    """How wide a text is at most, whichever of the fonts of the stylesheet is there."""
    return size * sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in "iljtf.,:;'|!()[] I":
        return 0.4
    if letter in "mwMW@%…—":
        return 0.98
    return 0.76 if letter.isupper() or not letter.isascii() else 0.64


def _ordered(nodes: Sequence[Node], roles: Sequence[str]) -> list[Node]:
    """Those of some roles, in the order of the roles; of one role as they came.

    Every role is in one of the two columns; one that is in none would not be drawn at all.
    """
    known = {*REACHABLE, *NAMED}
    place = {role: number for number, role in enumerate(roles)}
    mine = [
        node for node in nodes if node.role in place or (roles is NAMED and node.role not in known)
    ]
    return sorted(mine, key=lambda node: place.get(node.role, len(place)))


def _site_box(domain: str, note: str, middle: int) -> tuple[int, int, int, int]:
    wide = max(text_width(domain, NAME_PX), text_width(note, SUB_PX)) + 2 * INSIDE
    width = 2 * ceil(min(max(wide, SITE_LEAST), SITE_MOST) / 2)
    return (WIDTH - width) // 2, middle - SITE_HEIGHT // 2, width, SITE_HEIGHT


def _column(
    nodes: Sequence[Node], x: int, pitch: int, inner: int, site: tuple[int, int, int, int]
) -> list[Box]:
    own = (len(nodes) - 1) * pitch + NODE_HEIGHT
    start = TOP + (inner - own) // 2
    return [_box(node, x, start + number * pitch, site) for number, node in enumerate(nodes)]


def _box(node: Node, x: int, y: int, site: tuple[int, int, int, int]) -> Box:
    room, inside = NODE_WIDTH - 2 * INSIDE, x + INSIDE
    return Box(
        x=x,
        y=y,
        width=NODE_WIDTH,
        height=NODE_HEIGHT,
        label=_fit(node.label, inside, y + 20, room, SUB_PX),
        name=_fit(node.name, inside, y + 39, room, NAME_PX),
        note=_fit(node.note, inside, y + 57, room, SUB_PX),
        line=_line(x, y, site),
        confidence=node.confidence,
        is_ready=node.is_ready,
    )


def _line(x: int, y: int, site: tuple[int, int, int, int]) -> str:
    """A curve from the edge of a box to the nearer edge of the site's."""
    middle, site_middle = y + NODE_HEIGHT // 2, site[1] + SITE_HEIGHT // 2
    begin, end = (x + NODE_WIDTH, site[0]) if x == LEFT else (x, site[0] + site[2])
    bend = (begin + end) // 2
    return f"M{begin} {middle}C{bend} {middle} {bend} {site_middle} {end} {site_middle}"


def _fit(text: str, x: int, y: int, room: float, size: float) -> Words:
    cut = cut_to(text, room, size)
    return Words(x=x, y=y, text=cut, whole=text if cut != text else "")
