"""Addresses that a person typed, in their one form. Nothing is looked up or fetched here."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, urlsplit, urlunsplit

MOST_URL_CHARACTERS = 2000
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]")
_PORTS = {"http": 80, "https": 443}


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


def origin_of(url: str) -> str:
    """Scheme, host and port of a clean address, such as ``https://forum.example``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _clean_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    elif host:
        host = host.encode("idna").decode().lower().rstrip(".")  # UnicodeError is a ValueError
    if not _HOST.fullmatch(host) or ("." not in host and host != "localhost" and host[0] != "["):
        raise ValueError("not a host")
    return host
