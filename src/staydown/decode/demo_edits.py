"""Edited copies of pictures and clips, as people make them: for ``staydown demo``.

It opens only the media that the package ships.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
from av.video.frame import PictureType
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

Picture = Image.Image
_RATE = 24
_WHITE, _INK = (255, 255, 255), (24, 34, 38)


def cropped(picture: Picture) -> Picture:
    """The middle, 55 % of the width and height."""
    w, h = picture.size
    return picture.crop((round(w * 0.2), round(h * 0.25), round(w * 0.75), round(h * 0.8)))


def mirrored(picture: Picture) -> Picture:
    """Left and right exchanged."""
    return ImageOps.mirror(picture)


def bordered(picture: Picture) -> Picture:
    """A wide white border, as gallery apps add it."""
    return ImageOps.expand(picture, border=picture.width // 8, fill=_WHITE)


def screenshot(picture: Picture) -> Picture:
    """A phone's screen that shows the picture, with bars above and below."""
    screen = Image.new("RGB", (540, 1170), (250, 250, 250))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 540, 110), fill=(36, 60, 120))
    draw.text((24, 60), "Gallery", fill=_WHITE, font=_font(28))
    draw.text((24, 14), "18:05", fill=_WHITE, font=_font(18))
    shown = ImageOps.contain(picture, (540, 860))
    screen.paste(shown, ((540 - shown.width) // 2, 130))
    for at in range(5):
        left = 40 + at * 102
        draw.rounded_rectangle((left, 1090, left + 52, 1142), 12, outline=_INK, width=3)
    return screen


def written_on(picture: Picture) -> Picture:
    """A caption in large letters, and darker bands behind it."""
    made = picture.copy()
    draw = ImageDraw.Draw(made, "RGBA")
    w, h = made.size
    for top, words in ((0.03, "LOOK AT THIS"), (0.82, "pass it on")):
        draw.rectangle((0, h * top, w, h * (top + 0.14)), fill=(0, 0, 0, 150))
        draw.text((w / 2, h * (top + 0.07)), words, fill=_WHITE, font=_font(h // 11), anchor="mm")
    return made


def collage(picture: Picture, other: Picture) -> Picture:
    """Two pictures side by side."""
    tall = 480
    parts = [ImageOps.contain(one, (10_000, tall)) for one in (picture, other)]
    made = Image.new("RGB", (sum(p.width for p in parts) + 12, tall), _WHITE)
    made.paste(parts[0], (0, 0))
    made.paste(parts[1], (parts[0].width + 12, 0))
    return made


def filtered(picture: Picture) -> Picture:
    """Warmer, brighter and smaller."""
    small = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
    warm = Image.merge("RGB", [c.point(t) for c, t in zip(small.split(), _WARM, strict=True)])
    return ImageEnhance.Contrast(warm).enhance(1.2)


_WARM = (
    [min(255, int(v * 1.12)) for v in range(256)],
    list(range(256)),
    [int(v * 0.85) for v in range(256)],
)


def replaced(picture: Picture, other: Picture) -> Picture:
    """A soft-edged region that shows another picture, as in a fake made from an original."""
    w, h = picture.size
    box = (round(w * 0.32), round(h * 0.24), round(w * 0.62), round(h * 0.64))
    size = (box[2] - box[0], box[3] - box[1])
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    soft = np.clip((1.0 - np.hypot(x, y)) * 8, 0, 1) * 255
    made = picture.copy()
    made.paste(ImageOps.fit(other, size), box[:2], Image.fromarray(soft.astype(np.uint8)))
    return made


def turned(picture: Picture) -> Picture:
    """Tilted by six degrees, corners filled with grey."""
    return picture.rotate(6, Image.Resampling.BICUBIC, expand=True, fillcolor=(90, 90, 90))


EDITS: Mapping[str, Callable[[Picture], Picture]] = MappingProxyType(
    {
        "cropped": cropped,
        "mirrored": mirrored,
        "bordered": bordered,
        "screenshot": screenshot,
        "written-on": written_on,
        "filtered": filtered,
        "turned": turned,
    }
)
"""Edits that need one picture, by the name that goes into the copy's file name."""


def load(path: Path) -> Picture:
    """A shipped picture as RGB."""
    with Image.open(path) as image:
        return image.convert("RGB")


def save(picture: Picture, path: Path) -> None:
    """Save as the format that the name's ending says; JPEG and WebP at a low quality."""
    picture.save(path, quality=62)


def trim_clip(source: Path, target: Path, *, start_s: float, end_s: float) -> None:
    """A stretch of a clip, smaller, encoded again.

    Args:
        source: a clip that the package ships.
        target: where to write an MP4.
        start_s: first moment that is kept.
        end_s: moment at which it ends.
    """
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        seen = given.streams.video[0]
        stream = made.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = 480, 270, "yuv420p"
        stream.options = {"crf": "30", "preset": "fast"}
        kept = (f for f in given.decode(seen) if f.time and start_s <= f.time < end_s)
        for number, frame in enumerate(kept):
            small = frame.reformat(480, 270, "yuv420p")
            small.pts, small.time_base = number, Fraction(1, _RATE)
            small.pict_type = PictureType.NONE
            made.mux(stream.encode(small))
        made.mux(stream.encode())


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
