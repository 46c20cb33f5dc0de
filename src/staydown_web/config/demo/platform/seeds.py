"""What the demo platform holds at its first start: the pictures and the clip of the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import staydown
from staydown_web.config.demo.platform.posts import Post, State, new_token

MEDIA = Path(staydown.__file__).parent / "demo_media"
POSTS = (
    ("citrus", ".jpg", "Slices of citrus fruit", "orchard"),
    ("coffee", ".jpg", "A quiet morning", "slowmornings"),
    ("maple", ".jpg", "Red maple leaves", "slowmornings"),
    ("pagoda", ".jpg", "A pavilion by the lake", "farfromhome"),
    ("lanterns", ".jpg", "A sea of lanterns", "farfromhome"),
    ("cat", ".jpg", "She owns the sofa", "quietfox"),
    ("bee", ".jpg", "A bee on an aster", "quietfox"),
    ("pan", ".mp4", "Snow, then a flower", "quietfox"),
    ("bridge", ".jpg", "The bridge at dusk", "quietfox"),
)
"""Id, ending, caption, account; the last one stands first in the gallery."""


def first_posts() -> Iterator[tuple[Post, bytes]]:
    """The posts, each with its bytes."""
    for post_id, ending, caption, account in POSTS:
        post = Post(post_id, caption, account, ending, State.SHOWN, token=new_token())
        yield post, (MEDIA / f"{post_id}{ending}").read_bytes()
