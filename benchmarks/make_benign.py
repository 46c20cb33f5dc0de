"""Draw harmless pictures that many people's files are like, and keep their fingerprints.

    python benchmarks/make_benign.py

Writes src/staydown_web/banks/data/benign.bin: fingerprints of plain fields, gradients, patterns,
pages of text, forms, charts, tables, signs and noise, drawn here from a fixed seed. The collision
test at intake matches new entries against them. No photo goes in, and nobody's picture.
"""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import staydown
from staydown.isolate import Pool
from staydown.types import Fingerprint, SignalType

OUT = Path(__file__).parents[1] / "src/staydown_web/banks/data/benign.bin"
SIDE = 640
_WORDS = (
    *("the", "of", "and", "to", "in", "is", "for", "on", "that", "by", "this", "with", "you"),
    *("it", "not", "or", "be", "are", "from", "at", "as"),
)
_LEAST_APART = 20


def _canvas(rng: random.Random) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    shade = rng.choice([(255, 255, 255), (245, 245, 240), (24, 26, 30), (230, 236, 245)])
    sizes = [(SIDE, SIDE), (SIDE, 480), (480, SIDE), (SIDE, 360), (360, SIDE)]
    picture = Image.new("RGB", rng.choice(sizes), shade)
    return picture, ImageDraw.Draw(picture)


def _ink(rng: random.Random) -> tuple[int, int, int]:
    return (rng.randrange(256), rng.randrange(256), rng.randrange(256))


def gradient(rng: random.Random) -> Image.Image:
    """A smooth field between four colours."""
    corners = np.array([_ink(rng) for _ in range(4)], np.float32).reshape(2, 2, 3)
    made = Image.fromarray(corners.astype(np.uint8))
    return made.resize((SIDE, rng.choice([SIDE, 480, 360])), Image.Resampling.BICUBIC)


def stripes(rng: random.Random) -> Image.Image:
    """Bars of one width."""
    picture, draw = _canvas(rng)
    width, ink, across = rng.choice([8, 16, 32, 64, 120]), _ink(rng), rng.random() < 0.5
    for at in range(0, SIDE, 2 * width):
        box = (at, 0, at + width, SIDE) if across else (0, at, SIDE, at + width)
        draw.rectangle(box, fill=ink)
    return picture


def squares(rng: random.Random) -> Image.Image:
    """A chequered field."""
    picture, draw = _canvas(rng)
    size, ink = rng.choice([20, 40, 80, 160]), _ink(rng)
    for x in range(0, SIDE, size):
        for y in range(0, SIDE, size):
            if (x // size + y // size) % 2:
                draw.rectangle((x, y, x + size, y + size), fill=ink)
    return picture


def page(rng: random.Random) -> Image.Image:
    """Lines of words, as a screenshot of text."""
    picture, draw = _canvas(rng)
    light = sum(picture.getpixel((0, 0))) < 380
    ink = (230, 230, 230) if light else (30, 30, 30)
    size = rng.choice([14, 18, 24, 32])
    font = ImageFont.load_default(size)
    y = rng.randrange(10, 60)
    while y < picture.height - size:
        line = " ".join(rng.choice(_WORDS) for _ in range(rng.randrange(4, 14)))
        draw.text((rng.choice([20, 20, 60]), y), line, fill=ink, font=font)
        y += int(size * rng.choice([1.4, 1.4, 2.4]))
    return picture


def form(rng: random.Random) -> Image.Image:
    """Boxes under labels, and a button."""
    picture, draw = _canvas(rng)
    font = ImageFont.load_default(18)
    y = 30
    while y < picture.height - 70:
        draw.text((40, y), rng.choice(_WORDS), fill=(110, 110, 120), font=font)
        draw.rounded_rectangle((40, y + 24, picture.width - 40, y + 58), 6, outline=(130, 130, 140))
        y += 76
    draw.rounded_rectangle((40, picture.height - 56, 220, picture.height - 16), 8, fill=_ink(rng))
    return picture


def chart(rng: random.Random) -> Image.Image:
    """Columns, or a line, over axes."""
    picture, draw = _canvas(rng)
    bottom, count, ink = picture.height - 40, rng.randrange(4, 14), _ink(rng)
    draw.line((40, 20, 40, bottom, picture.width - 20, bottom), fill=(120, 120, 120), width=2)
    step = (picture.width - 80) // count
    tops = [rng.randrange(30, bottom) for _ in range(count)]
    if rng.random() < 0.6:
        for k, top in enumerate(tops):
            draw.rectangle((50 + k * step, top, 50 + k * step + step * 2 // 3, bottom), fill=ink)
    else:
        draw.line([(50 + k * step, top) for k, top in enumerate(tops)], fill=ink, width=4)
    return picture


def table(rng: random.Random) -> Image.Image:
    """Rows and columns with words in them."""
    picture, draw = _canvas(rng)
    font = ImageFont.load_default(14)
    columns, height = rng.randrange(2, 7), rng.choice([26, 34, 48])
    width = picture.width // columns
    for row, y in enumerate(range(0, picture.height, height)):
        draw.line((0, y, picture.width, y), fill=(150, 150, 150))
        for k in range(columns):
            word = rng.choice(_WORDS) if row == 0 else str(rng.randrange(10_000))
            draw.text((k * width + 8, y + 6), word, fill=(90, 90, 100), font=font)
    return picture


def signs(rng: random.Random) -> Image.Image:
    """A plain sign in the middle: disc, ring, cross, triangle, play button, missing picture."""
    picture, draw = _canvas(rng)
    x, y, r, ink = picture.width // 2, picture.height // 2, rng.randrange(60, 170), _ink(rng)
    match rng.randrange(6):
        case 0:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
        case 1:
            draw.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=r // 4)
        case 2:
            draw.line((x - r, y - r, x + r, y + r), fill=ink, width=r // 3)
            draw.line((x - r, y + r, x + r, y - r), fill=ink, width=r // 3)
        case 3:
            draw.polygon([(x, y - r), (x + r, y + r), (x - r, y + r)], fill=ink)
        case 4:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
            h = r // 2
            draw.polygon([(x - h // 2, y - h), (x + h, y), (x - h // 2, y + h)], fill="white")
        case _:
            draw.rectangle((x - r, y - r, x + r, y + r), outline=ink, width=6)
            draw.line((x - r, y + r, x, y, x + r, y + r), fill=ink, width=6)
    return picture


def noise(rng: random.Random) -> Image.Image:
    """Noise, more or less smooth."""
    values = np.random.default_rng(rng.randrange(1 << 30)).integers(0, 256, (480, SIDE, 3))
    made = Image.fromarray(values.astype(np.uint8))
    return made.filter(ImageFilter.GaussianBlur(rng.choice([0, 2, 6, 20])))


DRAWN: dict[Callable[[random.Random], Image.Image], int] = {
    gradient: 60,
    stripes: 30,
    squares: 24,
    page: 50,
    form: 20,
    chart: 40,
    table: 40,
    signs: 60,
    noise: 20,
}


def is_apart(made: Fingerprint, kept: list[Fingerprint]) -> bool:
    """Whether no kept picture is nearly the same."""
    pdq = made.get(SignalType.PDQ)
    bits = int(pdq.value, 16)
    values = [int(f.get(SignalType.PDQ).value, 16) for f in kept]
    return all((bits ^ other).bit_count() > _LEAST_APART for other in values)


def without_digests(made: Fingerprint) -> Fingerprint:
    """The signals that find what is alike; windows only of pictures that have many."""
    kept = [s for s in made.signals if s.type is SignalType.PDQ]
    if made.windows is not None and len(made.windows) >= 60:
        kept += [s for s in made.signals if s.type is SignalType.WINDOWS]
    return Fingerprint(made.kind, tuple(kept), made.version)


def main() -> None:
    """Draw, fingerprint, write."""
    rng = random.Random(20_261_126)
    kept: list[Fingerprint] = []
    with Pool() as pool:
        for draw, count in DRAWN.items():
            for _ in range(count):
                file = io.BytesIO()
                draw(rng).save(file, "PNG")
                made = pool.fingerprint(file.getvalue())
                if is_apart(made, kept):
                    kept.append(without_digests(made))
    parts = [f.to_bytes() for f in kept]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(b"".join(struct.pack("<I", len(p)) + p for p in parts))
    size_kb = OUT.stat().st_size / 1e3
    print(f"{len(kept)} pictures, {size_kb:.0f} kB; staydown {staydown.__version__}")


if __name__ == "__main__":
    main()
