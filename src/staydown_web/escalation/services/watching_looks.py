"""One look at one link: status, headers, and of a page title and headings. No tables, no media."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from staydown.errors import StaydownError
from staydown_web.base.errors import FetchRefusedError, RateLimitedError
from staydown_web.base.sealing import blind
from staydown_web.escalation.domains import host_of, site_domain
from staydown_web.escalation.mapping.way_out import PAGES, Seen, WayOut
from staydown_web.escalation.services.watching_rules import Answered, watching_rules

MOST_OF_A_PAGE: Final = 64 * 1024
"""Title and headings stand at the beginning of a page."""
TIMEOUT_S: Final = 15.0
_MOST_HEADINGS: Final = 2
_LANGUAGE_HOME: Final = re.compile(r"/[a-z]{2}([-_][a-z]{2})?")
_HOMES: Final = frozenset({"", "/index.html", "/index.htm", "/index.php", "/home"})
_TOO_MANY: Final = 429


def look_at(url: str, *, way: WayOut, name: str = "first") -> Answered:
    """Look at a link once. Whatever the site does, there is an answer.

    Only the body of a page is read, 64 KiB at most, and nothing of it is kept but which words of
    our list its title or headings hold.

    Args:
        url: that was reported.
        way: out, guarded: addresses checked, at each redirect too.
        name: of the way, for the evidence.
    """
    try:
        seen = way.see(
            url=url, kinds=PAGES, max_bytes=MOST_OF_A_PAGE, timeout_s=TIMEOUT_S, headers=_HEADERS
        )
    except RateLimitedError as error:
        return Answered(status=_TOO_MANY, retry_after_s=error.retry_after_s, way=name)
    except StaydownError as error:
        return Answered(error=error.code, way=name)
    last = seen.last
    return Answered(
        status=seen.status,
        redirected=_redirected(url, seen),
        content_type=last.content_type,
        size_bytes=_size(last.headers.get("content-length", "")),
        soft=_soft(last.body),
        way=name,
    )


_HEADERS: Final = {"Accept": "text/html, */*;q=0.1"}


def mark_of(answered: Answered) -> str:
    """A blind of kind and size of a file, by which two looks are compared; empty for pages.

    A page differs a little each time it is made; a file does not.
    """
    if answered.content_type in PAGES or not answered.size_bytes:
        return ""
    return blind(f"{answered.content_type} {answered.size_bytes}".encode(), purpose="look")


def _redirected(url: str, seen: Seen) -> str:
    """Where redirects led, as a kind; empty where it is the same link, written another way."""
    if not seen.hops:
        return ""
    rules, end = watching_rules(), urlsplit(seen.last.url)
    path = end.path.rstrip("/").lower()
    if _same_link(url) == _same_link(seen.last.url):
        return ""
    if path in rules.removed:
        return "removed"
    if path in rules.closed:
        return "closed"
    if (path in _HOMES or _LANGUAGE_HOME.fullmatch(path)) and not end.query:
        return "home"
    return "same" if _site(url) == _site(seen.last.url) else "other"


def _same_link(url: str) -> tuple[str, str, str]:
    """A link without what sites change on their own: http or https, www, the last slash."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return host, parts.path.rstrip("/").casefold(), parts.query


def _site(url: str) -> str:
    try:
        return site_domain(host_of(url))
    except FetchRefusedError:
        return ""


def _soft(body: bytes) -> str:
    """Which words of our list stand in title or headings, as ``table:language``."""
    if not body:
        return ""
    page, rules = LexborHTMLParser(body.decode("utf-8", "replace")), watching_rules()
    title = _text(page, "title", 1)
    for table, text in (
        ("closed_countries", title),
        ("titles", title),
        ("parked", title),
        ("headings", _text(page, "h1", _MOST_HEADINGS)),
    ):
        if text and (language := rules.language_of(table, text)):
            return f"{table}:{language}"
    return ""


def _text(page: LexborHTMLParser, selector: str, most: int) -> str:
    return " ".join(node.text(deep=True)[:300] for node in page.css(selector)[:most])


def _size(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else None
