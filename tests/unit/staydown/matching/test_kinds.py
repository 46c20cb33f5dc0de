from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageOps

from natural_photos import cropped, framed, natural_image, placed, replaced, saved, viewed
from staydown.matching.agreement import agree
from staydown.matching.judging import judge
from staydown.matching.kinds import kind_of, reason_for
from staydown.matching.placement import Placement
from staydown.matching.whole import WholeCandidate
from staydown.types import MatchKind, Transform

SAME, PART, ALTERED = MatchKind.SAME, MatchKind.PART, MatchKind.ALTERED


def meme(image: Image.Image) -> Image.Image:
    out = Image.new("RGB", (image.width, int(image.height * 1.15)), "white")
    out.paste(image, (0, out.height - image.height))
    ImageDraw.Draw(out).text((10, 10), "when you see it", fill="black")
    return out


def collage(image: Image.Image) -> Image.Image:
    out = Image.new("RGB", (image.width * 2, image.height))
    out.paste(image, (0, 0))
    out.paste(natural_image(77), (image.width, 0))
    return out


EDITS = {
    "saved": (lambda im: saved(im, 30), SAME),
    "resized": (lambda im: im.resize((200, 150)), SAME),
    "mirrored": (ImageOps.mirror, SAME),
    "turned": (lambda im: im.rotate(90, expand=True), SAME),
    "tilted": (lambda im: im.rotate(15, Image.Resampling.BICUBIC, expand=True), SAME),
    "bordered": (lambda im: ImageOps.expand(im, 60, "black"), SAME),
    "captioned": (meme, SAME),
    "cropped": (lambda im: cropped(im, 0.2), PART),
    "placed": (lambda im: placed(im, natural_image(78), 0.5), PART),
    "collage": (collage, PART),
    "screenshot": (framed, PART),
    "replaced": (lambda im: replaced(im, natural_image(79), (140, 60, 300, 280)), ALTERED),
    "replaced, then cut": (
        lambda im: cropped(replaced(im, natural_image(79), (140, 60, 300, 280)), 0.15),
        ALTERED,
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_called_what_a_reviewer_would_call_it(name: str) -> None:
    edit, expected = EDITS[name]
    image = natural_image(31)
    query, entry = viewed(edit(image)), viewed(image)
    agreement = agree(query, entry)
    assert agreement is not None

    assert judge(query, entry, agreement).kind is expected


def placement(*, entry_share: float, query_share: float) -> Placement:
    transform = Transform((1, 0, 0, 0, 1, 0), mirrored=False, rotation_deg=0.0, scale=1.0)
    box = (0.0, 0.0, 1.0, 1.0)
    return Placement(transform, box, box, query_share, entry_share)


@pytest.mark.parametrize(
    ("entry_share", "query_share", "kind"),
    [(1.0, 1.0, SAME), (0.8, 1.0, PART), (1.0, 0.9, SAME), (1.0, 0.2, PART), (0.5, 0.5, PART)],
)
def test_areas_alone_decide_without_a_query(
    entry_share: float, query_share: float, kind: MatchKind
) -> None:
    assert kind_of(placement(entry_share=entry_share, query_share=query_share)) is kind


def test_every_reason_is_one_sentence() -> None:
    whole = WholeCandidate(entry=0, time_ms=-1, distance=12, form=0, quality=90)
    shown = placement(entry_share=0.4, query_share=0.9)
    reasons = [
        reason_for(SAME, 0, None, None, None),
        reason_for(SAME, 0, None, whole, None),
        reason_for(SAME, 40, shown, whole, None),
        reason_for(PART, 40, shown, None, None),
        reason_for(ALTERED, 40, shown, None, (3, 1) + (0,) * 14),
    ]

    assert len(set(reasons)) == 5
    assert all(r.endswith(".") and r.count(". ") == 0 for r in reasons)
    assert "3 of 256 cells" in reasons[-1]
    assert "12 of 256 bits" in reasons[1]
