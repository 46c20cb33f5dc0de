"""What a page loads and where it sends something: all of it has to be of this service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from django.http import HttpResponse

LOADS = {
    "script": ("src", "href", "xlink:href"),
    "img": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "source": ("src",),
    "track": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "input": ("src", "formaction"),
    "button": ("formaction",),
    "form": ("action",),
    "link": ("href",),
    "base": ("href",),
    "body": ("background",),
    "image": ("href", "xlink:href"),
    "feimage": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
"""Element -> the attributes by which a page loads something or sends something there."""
LISTS = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}
"""Element -> the attribute that holds several addresses, each with a size."""
OF_STYLE = re.compile(
    r"""url\(\s*["']?([^"')]*)|@import\s+["']([^"']*)|image-set\(\s*["']([^"']*)""", re.IGNORECASE
)


def style_addresses(text: str) -> list[str]:
    """Addresses that a stylesheet loads."""
    return [next(filter(None, found), "") for found in OF_STYLE.findall(text)]


def is_ours(address: str) -> bool:
    """Whether an address, as a browser reads it, is of this service."""
    read = address.strip().replace("\\", "/")
    parts = urlsplit(read)
    if read == "about:blank":
        return True
    return not parts.netloc and parts.scheme in {"", "data"}


class Loads(HTMLParser):
    """Addresses that a page loads, and whether it has code of its own inside."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: text or "" for name, text in attrs}
        self.addresses.extend(_loaded_by(tag, given))
        is_code = tag == "script" and given.get("type") != "application/json"
        self._in = tag if is_code or tag == "style" else ""
        if tag == "style" or any(
            name in {"style", "srcdoc"} or name.startswith("on") for name in given
        ):
            self.inline.append(tag)

    def handle_data(self, data: str) -> None:
        if self._in == "script" and data.strip():
            self.inline.append("script")
        if self._in == "style":
            self.addresses.extend(style_addresses(data))

    def handle_endtag(self, tag: str) -> None:
        self._in = ""


def _loaded_by(tag: str, given: dict[str, str]) -> Iterator[str]:
    """Addresses that an element loads or sends to."""
    yield from (given[name] for name in LOADS.get(tag, ()) if given.get(name))
    several = given.get(LISTS.get(tag, ""), "")
    yield from (one.split()[0] for one in re.split(r",\s+", several) if one.strip())
    yield from given.get("ping", "").split()
    yield from style_addresses(given.get("style", ""))
    if given.get("http-equiv", "").lower() == "refresh":
        yield given.get("content", "").partition("=")[2].strip("'\" ")


def is_page(answer: HttpResponse) -> bool:
    """Whether a browser would show an answer as a page."""
    return answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")


def faults(answer: HttpResponse) -> list[str]:
    """What a page loads from elsewhere, code inside it, and headers that allow either."""
    page = Loads()
    page.feed(answer.content.decode())
    policy = answer.headers.get("Content-Security-Policy", "")
    found = [f"loads {address}" for address in page.addresses if not is_ours(address)]
    found += [f"has code inside <{tag}>" for tag in page.inline]
    if "default-src 'none'" not in policy:
        found.append("no policy that forbids")
    loading = re.sub(r"frame-ancestors[^;]*", "", policy)  # who may show it, not what it loads
    if re.search(r"https?:|\*|unsafe-inline|'unsafe-eval'", loading):
        found.append(f"a policy that allows: {policy}")
    if answer.headers.get("Referrer-Policy") not in {"no-referrer", "same-origin"}:
        found.append("tells where somebody came from")
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        found.append("is kept")
    return found
