"""Names to addresses, by the system's resolver, within a time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from staydown_web.base.errors import FetchError

Resolve = Callable[[str, float], list[str]]
"""A name and the seconds left -> its addresses as text, best first."""

_AT_ONCE = threading.BoundedSemaphore(32)
"""A name server that never answers keeps a thread for as long as the system waits: bound them."""


def system_resolve(name: str, timeout_s: float) -> list[str]:
    """The addresses of a name, as the system knows them (hosts file, name servers).

    Raises:
        FetchError: no such name, or no answer in time.
    """
    if not _AT_ONCE.acquire(timeout=max(timeout_s, 0)):
        raise FetchError("too many names are being looked up; try again later", is_unsent=True)
    found: list[str] = []
    failed: list[OSError] = []

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(row[4][0]) for row in rows))
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else OSError())
        finally:
            _AT_ONCE.release()

    # getaddrinfo takes no timeout; a daemon thread does not keep the process from ending.
    thread = threading.Thread(target=look_up, daemon=True, name="resolve")
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise FetchError("the host's name was not found in time", is_unsent=True)
    if failed or not found:
        raise FetchError("the host's name is not known", is_unsent=True)
    return found
