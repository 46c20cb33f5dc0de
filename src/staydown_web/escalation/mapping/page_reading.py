"""A page's markup, parsed and never run: which hosts it leans on, and how it is built.

Nothing of what the page says or shows is kept: hosts of its parts, numbers of accounts that match a
known pattern, and one digest of its structure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from staydown_web.base.errors import FetchRefusedError
from staydown_web.base.fetching import origin_of

_MOST_NODES = 20_000
_MOST_PARTS = 1_500
_LONGEST_URL = 2_000
_LEAST_NODES = 25
"""A page with fewer is built like thousands of others."""
_WHERE = {
    "script": "src",
    "iframe": "src",
    "form": "action",
    "link": "href",
    "a": "href",
    "embed": "src",
    "object": "data",
}
_NOT_STRUCTURE = frozenset({"br", "wbr", "-text", "-comment", "_comment", "-doctype", "-undef"})
_NUMBER = re.compile(r"\d+")
_RANDOM = re.compile(r"(?=[a-z0-9_-]*\d)[a-z0-9_-]{16,}|[0-9a-f]{6,}", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_UNCOUNTED = frozenset(
    {"area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta"}
    | {"option", "p", "param", "source", "td", "th", "tr", "track", "wbr"}
)
"""Tags that hold nothing, or end where the next of their kind begins."""
_DEEPEST = 400
_CHARSET = re.compile(
    r"charset=\"?(iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gb2312|gbk|big5)\b",
    re.IGNORECASE,
)
"""Those of web pages alone: Python knows others that are none, and some of them raise or warn."""


@dataclass(frozen=True, slots=True)
class Part:
    """One address in the markup.

    Attributes:
        tag: ``script``, ``iframe``, ``form``, ``link``, ``a``, ….
        host: lower case.
        url: whole, for patterns of accounts; never kept.
    """

    tag: str
    host: str
    url: str


@dataclass(frozen=True, slots=True)
class Markup:
    """What is read of a page.

    Attributes:
        parts: addresses in it, each once.
        code: its scripts and the attributes of its parts, for patterns of accounts; never kept.
        template: digest of its structure; empty where it is too small to tell it from others.
    """

    parts: tuple[Part, ...]
    code: str
    template: str


def read_page(body: bytes, *, url: str, content_type: str = "") -> Markup:
    """Read a page. Never raises for what it holds.

    Args:
        body: as fetched.
        url: where it is, for relative addresses.
        content_type: the header, for its character set.
    """
    found = _CHARSET.search(content_type)
    try:
        text = body.decode(found[1] if found else "utf-8", "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    tree = LexborHTMLParser(_shallow(text.replace("\x00", "")))
    root = tree.root
    if root is None:
        return Markup((), "", "")
    parts: dict[tuple[str, str], Part] = {}
    code: list[str] = []
    for node in _nodes(root):
        _take(node, url, parts, code)
    return Markup(tuple(parts.values()), "\n".join(code)[:500_000], template_of(root))


def _shallow(text: str) -> str:
    """A page up to where it is nested deeper than any that people write.

    The time to build a tree grows with the square of its depth: a page of 1.5 MB that only opens
    tags takes minutes.
    """
    open_: dict[str, int] = {}
    depth = 0
    for found in _TAG.finditer(text):
        tag = found[2].lower()
        if tag in _UNCOUNTED:
            continue
        if not found[1]:
            open_[tag] = open_.get(tag, 0) + 1
            depth += 1
            if depth > _DEEPEST:
                return text[: found.start()]
        elif open_.get(tag, 0) > 0:
            open_[tag] -= 1
            depth -= 1
    return text


def _nodes(root: LexborNode) -> Iterator[LexborNode]:
    """Elements in the order of the page, at most so many."""
    for count, node in enumerate(root.traverse(include_text=False)):
        if count >= _MOST_NODES:
            return
        yield node


def _take(node: LexborNode, base: str, parts: dict[tuple[str, str], Part], code: list[str]) -> None:
    tag = node.tag or ""
    if tag not in _WHERE and tag not in {"ins", "input", "button", "div", "meta", "amp-ad"}:
        return
    attributes = node.attributes
    if tag == "script" and len(code) < _MOST_PARTS:
        code.append((node.text(deep=True) or "")[:20_000])
    kept = [
        f'{name}="{value[:300]}"'
        for name, value in attributes.items()
        if value and name.startswith(("data-", "name", "value", "content", "id", "publisher"))
    ]
    if kept and len(code) < _MOST_PARTS:
        code.append(f"<{tag} {' '.join(kept[:20])}>")
    where = attributes.get(_WHERE.get(tag, ""))
    if where and len(where) <= _LONGEST_URL and len(parts) < _MOST_PARTS:
        part = _part(tag, where, base)
        if part is not None:
            parts.setdefault((tag, part.url), part)


def _part(tag: str, where: str, base: str) -> Part | None:
    try:
        url = urljoin(base, where.strip())
        host = urlsplit(origin_of(url)).hostname or ""
    except (FetchRefusedError, ValueError):
        return None
    return Part(tag, host, url) if host else None


def template_of(root: LexborNode) -> str:
    """A digest of how a page is built: tags and classes, without texts, links and numbers.

    Neighbours that are built alike count once, so that the length of a list does not matter.

    Returns:
        64 hex digits, or empty for a page of fewer than 25 different places.
    """
    lines: list[str] = []
    seen: set[str] = set()
    depths: dict[int, int] = {}
    for node in _nodes(root):
        tag = node.tag or ""
        if tag in _NOT_STRUCTURE or tag in {"script", "style", "noscript"}:
            continue
        parent = node.parent
        depth = depths.get(parent.mem_id, 0) + 1 if parent is not None else 0
        depths[node.mem_id] = depth
        if depth > 40:
            continue
        line = f"{depth} {tag} {_classes(node)}"
        if line not in seen:
            seen.add(line)
            lines.append(line)
    if len(lines) < _LEAST_NODES:
        return ""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _classes(node: LexborNode) -> str:
    """Class names, sorted, numbers alike, random ones left out."""
    names = (node.attributes.get("class") or "")[:500].lower().split()[:12]
    return " ".join(sorted({_NUMBER.sub("0", name) for name in names if not _RANDOM.search(name)}))
