"""What keeps a program from its service, in sentences: each names the host and what to do.

The host is the one that the program was set up with. Nothing else of an address is said, and
nothing of what was sent.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import httpx

_REFUSED = {401, 403, 407}
_LATER = {429, 502, 503, 504}


def no_answer(host: str, error: httpx.HTTPError) -> str:
    """Why no answer came."""
    if isinstance(error, httpx.PoolTimeout):
        return f"too many calls to {host} are open; make fewer at a time"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _no_connection(host, error)
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not answer in time; see whether it is busy, or allow it more time"
    return f"the connection to {host} broke; see that a Staydown service answers there, then again"


def _no_connection(host: str, error: httpx.HTTPError) -> str:
    behind = [*_behind(error)]
    if any(isinstance(one, ssl.SSLError) for one in behind):
        return (
            f"no safe connection to {host}: its certificate is not one that is trusted here; check "
            "the address, and which authorities this program trusts"
        )
    if any(isinstance(one, socket.gaierror) for one in behind):
        return f"no machine is known by the name {host}; check the address"
    return f"no connection to {host}; check the address, and whether it runs and can be reached"


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def no_service(host: str) -> str:
    """An answer that says yes, and is none of ours."""
    return f"what answered at {host} is no Staydown service; check the address of the service"


def other_answer(host: str, status: int, headers: Mapping[str, str], pause_s: float | None) -> str:
    """An answer that is no problem of ours: of a proxy, a login page, another program.

    Args:
        host: who was asked.
        status: of the answer.
        headers: of the answer.
        pause_s: how long it asks to wait, where it does.
    """
    if 300 <= status < 400:
        return (
            f"{host} sends on to {_place(headers, host)} (status {status}), as a login page or a "
            "proxy does; give the address at which the service itself answers"
        )
    if status in _REFUSED:
        return (
            f"{host} answered with status {status}, and not as Staydown does: what stands before "
            "the service lets nothing through; let this program past it"
        )
    if status in _LATER:
        return f"{host} cannot answer now (status {status}); try again {later(pause_s)}"
    return f"{host} answered with status {status}; see that it is the address of the service"


def later(pause_s: float | None) -> str:
    """When, as the end of a sentence."""
    return "later" if pause_s is None else f"in {max(1, round(pause_s))} s"


def _place(headers: Mapping[str, str], host: str) -> str:
    try:
        other = urlsplit(headers.get("Location", "")).hostname or ""
    except ValueError:
        other = ""
    if not other or not (other.isascii() and other.isprintable()) or other == host:
        return "another address"
    return other[:100]
