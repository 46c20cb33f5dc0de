"""``staydown explain``: two pictures side by side, and on both what the match rests on.

It draws on small copies that an isolated process made; it opens no file.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

_SIDE = 560
_GAP, _EDGE = 28, 28
_PAPER, _SURFACE, _INK, _SOFT = (242, 246, 245), (255, 255, 255), (22, 38, 42), (73, 90, 95)
_BRAND, _LAMP, _LINE = (14, 81, 87), (244, 196, 90), (210, 220, 218)
_TITLE, _SMALL = 24, 17
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two pictures.

    Attributes:
        caption: its name.
        picture: a PNG file made by this program.
        region: corners of the matched region, as fractions; empty for none.
        cells: corners of each altered cell.
    """

    caption: str
    picture: bytes
    region: Sequence[Point] = ()
    cells: Sequence[Sequence[Point]] = ()


def draw_pair(left: Side, right: Side, *, title: str, lines: Sequence[str]) -> bytes:
    """Two pictures side by side as a PNG file.

    Args:
        left: the file that was asked about.
        right: what it was held against.
        title: the verdict, a few words.
        lines: sentences below the pictures; wrapped to the width.
    """
    wide = 2 * _SIDE + _GAP + 2 * _EDGE
    text = [row for line in lines for row in textwrap.wrap(line, 118)]
    panes = [_pane(left), _pane(right)]
    tall = max(pane.height for pane in panes)
    head, foot = 76, 30 + 27 * len(text)
    sheet = Image.new("RGB", (wide, head + tall + 40 + foot), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_EDGE, 28), title, fill=_INK, font=_font(_TITLE))
    for number, (pane, side) in enumerate(zip(panes, (left, right), strict=True)):
        x = _EDGE + number * (_SIDE + _GAP)
        sheet.paste(pane, (x, head))
        draw.text(
            (x, head + pane.height + 8), _fitted(side.caption), fill=_SOFT, font=_font(_SMALL)
        )
    for number, row in enumerate(text):
        y = head + tall + 46 + 27 * number
        draw.text((_EDGE, y), row, fill=_INK, font=_font(_SMALL))
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


def _pane(side: Side) -> Image.Image:
    with Image.open(io.BytesIO(side.picture), formats=("PNG",)) as opened:
        picture = opened.convert("RGB")
    share = _SIDE / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    pane = Image.new("RGB", (_SIDE, size[1]), _PAPER)
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(picture, "RGBA")
    for cell in side.cells:
        corners = _scaled(cell, size)
        draw.polygon(corners, fill=(*_LAMP, 120))
        draw.line([*corners, corners[0]], fill=(*_INK, 255), width=1)
    if side.region:
        _dashed(draw, _scaled(side.region, size))
    pane.paste(picture, (0, 0))
    return pane


def _scaled(corners: Sequence[Point], size: tuple[int, int]) -> list[Point]:
    """Fractions as pixels; a region that fills the picture keeps a visible frame."""
    width, height = size
    return [(_kept(x * width, width), _kept(y * height, height)) for x, y in corners]


def _kept(value: float, length: int) -> float:
    near = 0.03 * length
    if -near < value < 2:
        return 2.0
    if length - 3 < value < length + near:
        return length - 3.0
    return value


def _dashed(draw: ImageDraw.ImageDraw, corners: Sequence[Point]) -> None:
    """A white line with dark dashes, visible on any picture."""
    around = [*corners, corners[0]]
    draw.line(around, fill=_SURFACE, width=4, joint="curve")
    for (x0, y0), (x1, y1) in pairwise(around):
        length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1.0)
        for start in range(0, int(length), 18):
            a, b = start / length, min(start + 11, length) / length
            dash = [
                (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a),
                (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b),
            ]
            draw.line(dash, fill=_BRAND, width=4)


def _fitted(text: str) -> str:
    limit = 60
    return text if len(text) <= limit else "…" + text[-limit + 1 :]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
