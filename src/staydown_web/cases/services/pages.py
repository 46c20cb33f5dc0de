"""From the page of a post to the picture or video that it shows: addresses only, nothing is run.

People copy the address of a page, hardly ever that of a file. Pages name their main picture or
video for previews elsewhere (Open Graph), or hold one; several without a name are no answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin

from staydown_web.cases.forms import clean_url, origin_of

MAX_PAGE_BYTES = 2 * 1024 * 1024
MOST_TRIED = 3
_VIDEO = ("og:video:secure_url", "og:video:url", "og:video")
_IMAGE = ("og:image:secure_url", "og:image:url", "og:image", "twitter:image")


class _Reader(HTMLParser):
    """Gathers what a page says it shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.named: dict[str, str] = {}
        self.videos: list[str] = []
        self.images: list[str] = []
        self._in_video = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        values = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = (values.get("property") or values.get("name", "")).lower()
            if name in {*_VIDEO, *_IMAGE}:
                self.named.setdefault(name, values.get("content", ""))
        elif tag == "link" and values.get("rel", "").lower() == "image_src":
            self.named.setdefault("og:image", values.get("href", ""))
        elif tag == "video" or (tag == "source" and self._in_video):
            self._in_video = True
            self.videos.append(values.get("src", ""))
        elif tag == "img":
            self.images.append(values.get("src", ""))

    def handle_endtag(self, tag: str) -> None:
        """The end of a video."""
        if tag == "video":
            self._in_video = False


def media_of_page(html: str, *, page_url: str, origins: Sequence[str]) -> list[str]:
    """The addresses of the picture or video that a page shows, likeliest first.

    Args:
        html: of the page; broken markup is read as far as it goes.
        page_url: its address, for relative ones.
        origins: the media origins of the platform; an address elsewhere is left out.

    Returns:
        At most three; empty where the page names nothing, or shows several.
    """
    reader = _Reader()
    reader.feed(html)
    named = [reader.named.get(name, "") for name in (*_VIDEO, *_IMAGE)]
    shown = _owned([*named, *reader.videos], page_url, origins)
    if not shown:
        images = _owned(reader.images, page_url, origins)
        shown = images if len(images) == 1 else []
    return shown[:MOST_TRIED]


def _owned(found: Sequence[str], page_url: str, origins: Sequence[str]) -> list[str]:
    kept: dict[str, None] = {}
    for address in found:
        if not address.strip():
            continue
        try:
            url = clean_url(urljoin(page_url, address.strip()))
        except ValueError:
            continue
        if origin_of(url) in origins and url != page_url:
            kept[url] = None
    return list(kept)
