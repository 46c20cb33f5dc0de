"""Values made safe for the place where they stand: headers, addresses, names of domains."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from staydown_web.base.errors import FetchRefusedError, ReportUnfitError
from staydown_web.base.mailing import clean_address

_LONGEST_HEADER = 200


def line(value: str, *, longest: int = _LONGEST_HEADER) -> str:
    """One line without characters that end it, turn it or hide in it; cut where it is too long.

    What separates lines becomes a space: what stood in two lines stays readable in one.
    """
    shown = "".join(" " if unicodedata.category(c) in _BREAKS else c for c in value)
    visible = "".join(c for c in shown if unicodedata.category(c) not in _HIDDEN)
    return " ".join(visible.split())[:longest].rstrip()


# Cc: control characters; Zl, Zp: line and paragraph separators.
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
# Cf: among them those that turn the direction of writing; Cs and Cn cannot be written in UTF-8.
_HIDDEN = frozenset({"Cf", "Cs", "Cn", "Co"})


def paragraphs(value: str) -> list[str]:
    """Paragraphs of a text that a person wrote, each in one line."""
    parts = re.split(r"\r\n|[\r\n\v\f\x85\u2028\u2029]", value)
    return [kept for part in parts if (kept := line(part, longest=20_000))]


def email_address(value: str) -> str:
    """An e-mail address as it stands in a header: its domain in ASCII.

    Raises:
        ReportUnfitError: not one address, or one whose first half is not ASCII: few mail servers
            take such a one.
    """
    local, at, domain = value.strip(" ").rpartition("@")
    if not at or not local.isascii():
        raise ReportUnfitError("an e-mail address of this report cannot be written to")
    try:
        return clean_address(f"{local}@{ascii_domain(domain)}")
    except FetchRefusedError:
        raise ReportUnfitError("an e-mail address of this report cannot be written to") from None


def ascii_domain(domain: str) -> str:
    """A name of a domain in ASCII, lower case.

    Raises:
        ReportUnfitError: not a name that can exist.
    """
    bare = domain.strip().rstrip(".").lower()
    if bare.isascii():
        if not re.fullmatch(r"[a-z0-9_.:-]{1,253}", bare):
            raise ReportUnfitError("a domain of this report is not one that can exist")
        return bare
    try:
        return idna.encode(bare, uts46=True).decode()
    except idna.IDNAError:
        raise ReportUnfitError("a domain of this report is not one that can exist") from None


def link(url: str) -> str:
    """A link as it stands in a report: the same address, all in ASCII.

    Letters beyond ASCII are written as browsers send them, percent-encoded in UTF-8.

    Raises:
        ReportUnfitError: it holds a space or a character that ends a line, or is no web address.
    """
    if not re.match(r"https?://[^/?#]", url) or re.search(r"[\s\x00-\x20\x7f]", url):
        raise ReportUnfitError("a link of this report is not one address in one line")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        raise ReportUnfitError("a link of this report is not one address in one line") from None
    if host.isascii():
        # Quoting everything that is ASCII would change the address; only the rest is written anew.
        return quote(url, safe=_ASCII)
    place = ascii_domain(host) if port is None else f"{ascii_domain(host)}:{port}"
    return quote(urlunsplit(parts._replace(netloc=place)), safe=_ASCII)


_ASCII = "".join(chr(code) for code in range(0x21, 0x7F))
