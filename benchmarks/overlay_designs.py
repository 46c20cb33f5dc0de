"""Overlays drawn by code: app frames, captions, watermarks, stickers, emoji and templates.

Each design is a function of a picture that returns the picture with the overlay. Everything that
belongs to the overlay is the same for every picture, which is the hardest case for a matcher.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

Design = Callable[[Image.Image], Image.Image]
SIDE = 900


def _font(pixels: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=max(8, int(pixels)))


def _outlined(draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, size: float) -> None:
    draw.text(
        xy,
        text,
        font=_font(size),
        fill="white",
        stroke_width=max(1, int(size / 12)),
        stroke_fill="black",
    )


def _sized(picture: Image.Image) -> Image.Image:
    out = picture.convert("RGB")
    out.thumbnail((SIDE, SIDE))
    return out


def feed_frame(picture: Image.Image) -> Image.Image:
    """A feed in a phone app, light: status bar, author, picture, buttons, comments."""
    out = Image.new("RGB", (540, 1100), "#fafafa")
    draw = ImageDraw.Draw(out)
    draw.text((24, 12), "9:41", font=_font(24), fill="#111")
    for k in range(4):
        draw.rectangle((400 + 12 * k, 34 - 6 * k, 408 + 12 * k, 38), fill="#111")
    draw.rounded_rectangle((470, 16, 516, 38), 5, outline="#111", width=2)
    draw.ellipse((20, 66, 74, 120), fill="#d0487a", outline="#ffb347", width=5)
    draw.text((90, 70), "mountain.walks", font=_font(25), fill="#111")
    draw.text((90, 98), "Sponsored post", font=_font(18), fill="#777")
    out.paste(ImageOps.fit(picture.convert("RGB"), (540, 560)), (0, 135))
    for k in range(3):
        draw.ellipse((24 + k * 64, 712, 66 + k * 64, 754), outline="#111", width=4)
        draw.line((36 + k * 64, 733, 54 + k * 64, 733), fill="#111", width=4)
    lines = (
        "12,408 likes",
        "mountain.walks  what a morning this was",
        "View all 356 comments",
        "lena_k  where is that place?",
        "tom.b  wish I was there too",
        "3 hours ago",
    )
    for k, line in enumerate(lines):
        draw.text((24, 772 + 36 * k), line, font=_font(22), fill="#333")
    for k in range(5):
        draw.rounded_rectangle(
            (34 + 100 * k, 1030, 76 + 100 * k, 1072), 10, outline="#111", width=4
        )
    return out


def player_frame(picture: Image.Image) -> Image.Image:
    """A short-video app, dark: full-height picture under side buttons, caption and progress bar."""
    out = ImageOps.fit(picture.convert("RGB"), (540, 960))
    draw = ImageDraw.Draw(out)
    for k, label in enumerate(("84.1K", "1,207", "9,310", "Share")):
        y = 420 + 110 * k
        draw.ellipse((460, y, 524, y + 64), fill="white", outline="#222", width=3)
        draw.polygon([(478, y + 18), (508, y + 32), (478, y + 46)], fill="#e33")
        _outlined(draw, (464, y + 68), label, 20)
    draw.rectangle((0, 0, 540, 70), fill="#101010")
    draw.text((130, 20), "Following  |  For You", font=_font(28), fill="white")
    _outlined(draw, (20, 770), "@daily_clips", 30)
    _outlined(draw, (20, 812), "part 2 is on my page #fyp #viral #wow", 23)
    draw.rectangle((0, 860, 540, 960), fill="#101010")
    for k, label in enumerate(("Home", "Shop", "+", "Inbox", "Me")):
        draw.text((24 + 108 * k, 890), label, font=_font(24), fill="white")
    return out


def chat_frame(picture: Image.Image) -> Image.Image:
    """A chat: picture in a bubble, messages around it."""
    out = Image.new("RGB", (540, 960), "#e5ddd5")
    draw = ImageDraw.Draw(out)
    draw.rectangle((0, 0, 540, 90), fill="#075e54")
    draw.text((90, 30), "Saturday group", font=_font(28), fill="white")
    draw.ellipse((20, 22, 70, 72), fill="#f2c14e")
    said = (
        "look what I just found",
        "no way",
        "is that the old bridge?",
        "send me the rest please",
        "ok one moment",
        "hahaha this one is the best of all",
    )
    places = (100, 148, 700, 752, 804, 852)
    for k, (text, y) in enumerate(zip(said, places, strict=True)):
        x = 20 if k % 2 else 150
        draw.rounded_rectangle((x, y, x + 360, y + 44), 14, fill="white" if k % 2 else "#dcf8c6")
        draw.text((x + 14, y + 10), text, font=_font(21), fill="#222")
    draw.rounded_rectangle((20, 200, 510, 690), 16, fill="white")
    out.paste(ImageOps.fit(picture.convert("RGB"), (470, 450)), (30, 210))
    draw.text((400, 664), "18:42 seen", font=_font(18), fill="#888")
    draw.rounded_rectangle((20, 900, 440, 945), 20, fill="white")
    return out


def meme_band(picture: Image.Image) -> Image.Image:
    """A white band above with two lines of text."""
    inner = _sized(picture)
    band = int(inner.height * 0.3)
    out = Image.new("RGB", (inner.width, inner.height + band), "white")
    out.paste(inner, (0, band))
    draw = ImageDraw.Draw(out)
    draw.text((20, band * 0.12), "Nobody at all:", font=_font(band * 0.27), fill="black")
    draw.text((20, band * 0.52), "Me at 3 in the morning", font=_font(band * 0.27), fill="black")
    return out


def meme_impact(picture: Image.Image) -> Image.Image:
    """Large outlined words above and below."""
    out = _sized(picture)
    draw = ImageDraw.Draw(out)
    size = out.width * 0.085
    _outlined(draw, (out.width * 0.04, out.height * 0.03), "ONE DOES NOT SIMPLY", size)
    _outlined(draw, (out.width * 0.04, out.height * 0.97 - size * 1.3), "WALK INTO A MONDAY", size)
    return out


def tiled_mark(picture: Image.Image) -> Image.Image:
    """A half-transparent watermark, tiled over the whole picture."""
    base = _sized(picture).convert("RGBA")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    step = SIDE // 7
    for row, y in enumerate(range(0, base.height, step)):
        for x in range(-(row % 2) * step, base.width, int(step * 2.4)):
            draw.text(
                (x, y), "stockphotos.example", font=_font(step * 0.3), fill=(255, 255, 255, 130)
            )
            draw.ellipse((x, y + 44, x + 30, y + 74), outline=(255, 255, 255, 130), width=4)
    return Image.alpha_composite(base, layer).convert("RGB")


def corner_logo(picture: Image.Image) -> Image.Image:
    """A site's logo plate in a corner and its address along the lower edge."""
    out = _sized(picture)
    draw = ImageDraw.Draw(out)
    w, h = out.size
    draw.rounded_rectangle((w * 0.62, h * 0.03, w * 0.97, h * 0.2), 12, fill="#1446a0")
    draw.text((w * 0.65, h * 0.07), "PicHub+", font=_font(h * 0.085), fill="#ffcc33")
    draw.rectangle((0, h * 0.93, w, h), fill="black")
    draw.text(
        (w * 0.05, h * 0.94),
        "www.pichub-plus.example/top100  free",
        font=_font(h * 0.042),
        fill="white",
    )
    return out


def _smiley(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    draw.ellipse((x - r, y - r, x + r, y + r), fill="#ffd23e", outline="#8a6500", width=4)
    for side in (-0.4, 0.4):
        draw.ellipse(
            (x + r * (side - 0.13), y - r * 0.45, x + r * (side + 0.13), y - r * 0.05), fill="#432"
        )
    draw.chord((x - r * 0.6, y - r * 0.2, x + r * 0.6, y + r * 0.7), 0, 180, fill="#822")


def big_sticker(picture: Image.Image) -> Image.Image:
    """One large smiley with sunglasses and a speech bubble."""
    out = _sized(picture)
    draw = ImageDraw.Draw(out)
    w, h = out.size
    r = 0.22 * min(w, h)
    _smiley(draw, w * 0.35, h * 0.6, r)
    for side in (-0.45, 0.45):
        x = w * 0.35 + r * side
        draw.rounded_rectangle(
            (x - r * 0.36, h * 0.6 - r * 0.5, x + r * 0.36, h * 0.6), 8, fill="#111"
        )
    draw.rounded_rectangle(
        (w * 0.55, h * 0.1, w * 0.95, h * 0.3), 24, fill="white", outline="black", width=5
    )
    draw.text((w * 0.59, h * 0.15), "so cool!!", font=_font(h * 0.08), fill="#c2185b")
    return out


def _heart(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    t = np.linspace(0, 2 * np.pi, 60)
    hx = 16 * np.sin(t) ** 3 / 16
    hy = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
    draw.polygon(
        [(x + r * a, y + r * b) for a, b in zip(hx, hy, strict=True)],
        fill="#e0245e",
        outline="#7d0f33",
    )


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, r: float) -> None:
    corners = [
        (
            x + r * (1 if k % 2 else 0.42) * math.sin(math.pi * k / 5),
            y + r * (1 if k % 2 else 0.42) * math.cos(math.pi * k / 5),
        )
        for k in range(10)
    ]
    draw.polygon(corners, fill="#f9a825", outline="#7a4f00")


def emoji_rows(picture: Image.Image) -> Image.Image:
    """Hearts, stars and smileys in a row above and below."""
    out = _sized(picture)
    draw = ImageDraw.Draw(out)
    w, h = out.size
    r = w * 0.055
    shapes = (_heart, _star, _smiley)
    for k in range(8):
        x = w * (0.07 + 0.123 * k)
        shapes[k % 3](draw, x, r * 1.2, r)
        shapes[(k + 1) % 3](draw, x, h - r * 1.2, r)
    return out


def patterned_border(picture: Image.Image) -> Image.Image:
    """A greeting-card border of leaves and dots, with a title."""
    inner = _sized(picture)
    w, h = inner.size
    pad = int(0.16 * min(w, h))
    out = Image.new("RGB", (w + 2 * pad, h + 2 * pad), "#f6ecd9")
    draw = ImageDraw.Draw(out)
    rng = np.random.default_rng(5)
    for _ in range(420):
        x, y = rng.uniform(0, 1, 2) * out.size
        r, turn = rng.uniform(6, 22), rng.uniform(0, 360)
        colour = ("#4b7f52", "#a4343a", "#d9a441", "#35507a")[int(rng.integers(4))]
        draw.pieslice((x - r, y - r, x + r, y + r), turn, turn + 150, fill=colour, outline="#333")
    out.paste(inner, (pad, pad))
    draw.rectangle((pad, out.height - pad, out.width - pad, out.height - pad // 4), fill="#f6ecd9")
    draw.text(
        (pad * 1.5, out.height - pad * 0.95),
        "Greetings from the coast",
        font=_font(pad * 0.5),
        fill="#35507a",
    )
    return out


def news_banner(picture: Image.Image) -> Image.Image:
    """A television news banner over the lower third, with logo, clock and ticker."""
    out = ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE * 9 // 16))
    draw = ImageDraw.Draw(out)
    w, h = out.size
    draw.rectangle((0, h * 0.72, w, h * 0.86), fill="#b40000")
    draw.text(
        (w * 0.03, h * 0.735),
        "BREAKING: storm reaches the bay",
        font=_font(h * 0.085),
        fill="white",
    )
    draw.rectangle((0, h * 0.86, w, h), fill="#0b1d3a")
    draw.text(
        (w * 0.14, h * 0.885),
        "markets up 0.4 %   rail strike ends   cup final on Sunday",
        font=_font(h * 0.055),
        fill="#ffe082",
    )
    draw.rectangle((0, h * 0.86, w * 0.12, h), fill="#ffe082")
    draw.text((w * 0.015, h * 0.885), "18:05", font=_font(h * 0.07), fill="#0b1d3a")
    draw.rectangle((w * 0.82, h * 0.04, w * 0.97, h * 0.16), fill="#0b1d3a")
    draw.text((w * 0.84, h * 0.06), "KTV 9", font=_font(h * 0.075), fill="white")
    return out


def quote_poster(picture: Image.Image) -> Image.Image:
    """A poster: the picture above, a quotation and a sun below."""
    out = Image.new("RGB", (700, 1000), "#22333b")
    out.paste(ImageOps.fit(picture.convert("RGB"), (700, 500)), (0, 0))
    draw = ImageDraw.Draw(out)
    for k in range(24):
        a = math.tau * k / 24
        draw.line(
            (
                560 + 60 * math.cos(a),
                880 + 60 * math.sin(a),
                560 + 100 * math.cos(a),
                880 + 100 * math.sin(a),
            ),
            fill="#eac67a",
            width=6,
        )
    draw.ellipse((510, 830, 610, 930), fill="#eac67a")
    for k, line in enumerate(("The mountains", "are calling and", "I have to go,", "she said.")):
        draw.text((50, 540 + 95 * k), line, font=_font(70), fill="#f2f4f3")
    return out


def code_plate(picture: Image.Image) -> Image.Image:
    """A square code as printed on posters, with a call to scan it."""
    out = _sized(picture)
    draw = ImageDraw.Draw(out)
    cell = max(4, int(min(out.size) * 0.36 / 25))
    x0, y0 = out.width - 28 * cell, out.height - 33 * cell
    draw.rectangle((x0 - cell, y0 - cell, out.width, out.height), fill="white")
    filled = np.random.default_rng(11).random((25, 25)) < 0.5
    for corner in ((0, 0), (0, 18), (18, 0)):
        box = filled[corner[0] : corner[0] + 7, corner[1] : corner[1] + 7]
        box[:] = True
        box[1:6, 1:6] = False
        box[2:5, 2:5] = True
    for r, c in np.argwhere(filled):
        draw.rectangle(
            (x0 + c * cell, y0 + r * cell, x0 + (c + 1) * cell - 1, y0 + (r + 1) * cell - 1),
            fill="black",
        )
    draw.text((x0, y0 + 26 * cell), "SCAN FOR MORE", font=_font(3.1 * cell), fill="black")
    return out


def party_template(picture: Image.Image) -> Image.Image:
    """Confetti, bunting and a caption over the whole picture."""
    out = _sized(picture)
    draw = ImageDraw.Draw(out)
    w, h = out.size
    rng = np.random.default_rng(3)
    colours = ("#e63946", "#f1fa3c", "#2a9d8f", "#457bff", "#ff70a6")
    for _ in range(130):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        a, b = rng.uniform(0.006, 0.02, 2) * w
        draw.rectangle((x, y, x + a, y + b), fill=colours[int(rng.integers(5))])
    for k in range(10):
        draw.polygon(
            [(w * k / 10, 0), (w * (k + 1) / 10, 0), (w * (k + 0.5) / 10, h * 0.12)],
            fill=colours[k % 5],
            outline="white",
        )
    draw.rounded_rectangle((w * 0.2, h * 0.82, w * 0.8, h * 0.95), 20, fill="#e63946")
    draw.text((w * 0.25, h * 0.845), "HAPPY BIRTHDAY", font=_font(h * 0.07), fill="white")
    return out


DESIGNS: dict[str, Design] = {
    "feed_frame": feed_frame,
    "player_frame": player_frame,
    "chat_frame": chat_frame,
    "meme_band": meme_band,
    "meme_impact": meme_impact,
    "tiled_mark": tiled_mark,
    "corner_logo": corner_logo,
    "big_sticker": big_sticker,
    "emoji_rows": emoji_rows,
    "patterned_border": patterned_border,
    "news_banner": news_banner,
    "quote_poster": quote_poster,
    "code_plate": code_plate,
    "party_template": party_template,
}
TUNING = (
    "feed_frame",
    "meme_band",
    "tiled_mark",
    "big_sticker",
    "patterned_border",
    "news_banner",
    "code_plate",
)
"""Designs that settings were chosen on; the others are the test."""
