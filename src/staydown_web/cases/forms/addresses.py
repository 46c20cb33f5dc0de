"""Addresses that a person typed, in their one form. Nothing is looked up or fetched here."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, urlsplit, urlunsplit

MOST_URL_CHARACTERS = 2000
_PAGE = re.compile(r"\bhttps?://\S|\bwww\.\w|(?<![\w.@])\w[\w-]*(?:\.[\w-]+)+/\S", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]")
_PORTS = {"http": 80, "https": 443}
_PORT = re.compile(r":\d+$")
_WWW = "www."


def clean_url(typed: str) -> str:
    """An address in its one form: with scheme, host in lower case, without fragment.

    Raises:
        ValueError: it is no address of a web page or file.
    """
    text = unicodedata.normalize("NFC", typed.strip())
    if not text or len(text) > MOST_URL_CHARACTERS or re.search(r"[\s\x00-\x1f\x7f\\]", text):
        raise ValueError("not an address")
    if not re.match(r"https?://", text, re.IGNORECASE):
        if _SCHEME.match(text) and not re.match(r"[^/?#]+:\d+(?:[/?#]|$)", text):
            raise ValueError("not an address of the web")
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address with a name or password in it")
    host = _clean_host(parts)
    port = parts.port
    place = host if port in {None, _PORTS[parts.scheme.lower()]} else f"{host}:{port}"
    return urlunsplit((parts.scheme.lower(), place, parts.path or "/", parts.query, ""))


def address_key(url: str) -> str:
    """By what a clean address is known again: the other scheme at its usual port is the same page.

    What she wrote stays as it is: by this, addresses are only counted and compared.
    """
    scheme, _sep, rest = url.partition("://")
    return url if _PORT.search(urlsplit(url).netloc) or scheme not in _PORTS else rest


def origin_of(url: str) -> str:
    """Scheme, host and port of a clean address, such as ``https://forum.example``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def same_website(origin: str) -> tuple[str, ...]:
    """An origin, and those under which people write the same website.

    The other scheme, where each has its usual port, and with or without ``www.``: neither may
    decide whether a clock starts. A number has no ``www.``, and what is left without it must be a
    name. Whose an address is, is all that follows from it: what is fetched is another question.

    Args:
        origin: of a clean address.

    Returns:
        The origin itself first, then the other name, then both under the other scheme.
    """
    scheme, _sep, place = origin.partition("://")
    places = [place, *_other_name(place)]
    schemes = [scheme] if _PORT.search(place) else [scheme, *(set(_PORTS) - {scheme})]
    return tuple(f"{one}://{name}" for one in schemes for name in places)


def _other_name(place: str) -> list[str]:
    if place.startswith(_WWW):
        bare = place.removeprefix(_WWW)
        return [bare] if "." in bare else []
    name = _PORT.sub("", place)
    is_number = name.startswith("[") or name.rpartition(".")[2].isdigit()
    return [] if is_number or "." not in name else [_WWW + place]


def _clean_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    elif host:
        host = host.encode("idna").decode().lower().rstrip(".")  # UnicodeError is a ValueError
    if not _HOST.fullmatch(host) or ("." not in host and host != "localhost" and host[0] != "["):
        raise ValueError("not a host")
    return host


def holds_address(text: str) -> bool:
    """Whether words that somebody wrote hold the address of a page; one of a mailbox is none."""
    return _PAGE.search(text) is not None
