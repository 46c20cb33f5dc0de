"""The guarded way by which the net is looked at: checked addresses, few requests, never media."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from staydown.errors import StaydownError
from staydown_web.base.errors import FetchError, FetchRefusedError, RateLimitedError
from staydown_web.base.fetching import Fetcher, Visited, origin_of
from staydown_web.escalation.mapping.pace import Pace

PAGES = frozenset({"text/html", "application/xhtml+xml"})
TEXTS = frozenset({"text/plain"})
JSONS = frozenset({"application/json", "application/rdap+json", "text/json"})
ICONS = frozenset({"image/x-icon", "image/vnd.microsoft.icon"})
"""Read for its digest alone, small, and only at ``/favicon.ico``: never decoded, never kept."""
READABLE = PAGES | TEXTS | JSONS | ICONS
"""No other body is ever read on this way, whoever asks."""
ROBOT = "Staydown"
_MOST_ROBOTS = 64 * 1024
_MOST_HOPS = 4
_WAIT_S = 1.5
_MOST_KEPT = 512


class RobotsError(FetchRefusedError):
    """A site asks programs to stay away from a page; that is respected."""

    def __init__(self) -> None:
        super().__init__("the site asks programs to stay away from this page")


@dataclass(frozen=True, slots=True)
class Seen:
    """What an address gave at the end of its redirects.

    Attributes:
        last: the last answer; its body only of the kinds asked for.
        hops: the addresses that led there, first the one asked for, without the last.
    """

    last: Visited
    hops: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """HTTP status at the end."""
        return self.last.status


@dataclass(frozen=True)
class WayOut:
    """One way out for mapper and watcher.

    Attributes:
        fetcher: base's, with its checks, proxy and name.
        pace: politeness, shared by all who use this way.
        minds_robots: whether pages that ``robots.txt`` closes are left alone.
    """

    fetcher: Fetcher
    pace: Pace = field(default_factory=Pace)
    minds_robots: bool = True
    _robots: dict[str, tuple[float, RobotFileParser]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def see(
        self,
        *,
        url: str,
        kinds: Collection[str] = (),
        max_bytes: int = 0,
        timeout_s: float = 8,
        asks_robots: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """Look at an address, redirects included, each checked and paced as the first.

        Args:
            url: http or https.
            kinds: content types whose body is wanted; of them only ``READABLE`` ones are read.
                Empty reads no body at all: status and headers alone.
            max_bytes: the most of a body; the rest is cut (``last.is_whole``).
            timeout_s: for all of it together.
            asks_robots: True leaves an address alone that the site closes to programs.
            headers: more headers.

        Raises:
            RobotsError: the site asks to stay away.
            FetchRefusedError: not an address that we go to.
            RateLimitedError: the host wants fewer requests.
            FetchError: no answer; ``retryable`` says whether later can help.
        """
        ends_at = time.monotonic() + timeout_s
        hops: list[str] = []
        while len(hops) <= _MOST_HOPS:
            if asks_robots and not self.is_welcome(url=url, timeout_s=_left(ends_at)):
                raise RobotsError
            seen = self._visit(url, kinds, max_bytes, ends_at, headers)
            if not seen.next_url:
                return Seen(seen, tuple(hops))
            hops.append(url)
            url = seen.next_url
        raise FetchRefusedError(f"the address redirects more than {_MOST_HOPS} times")

    def is_welcome(self, *, url: str, timeout_s: float = 5) -> bool:
        """Whether a site's ``robots.txt`` lets programs look at an address.

        Source: RFC 9309: no such file (4xx) closes nothing; a server error closes all; one that
        cannot be reached is asked again at the page itself.
        """
        if not self.minds_robots:
            return True
        origin = origin_of(url)
        with self._lock:
            kept = self._robots.get(origin)
        if kept is None or kept[0] < time.monotonic():
            rules = self._read_robots(origin, timeout_s)
            with self._lock:
                if len(self._robots) >= _MOST_KEPT:
                    self._robots.clear()
                self._robots[origin] = (time.monotonic() + 600, rules)
        else:
            rules = kept[1]
        return rules.can_fetch(ROBOT, url)

    def _read_robots(self, origin: str, timeout_s: float) -> RobotFileParser:
        rules = RobotFileParser()
        lines: list[str] = []
        try:
            seen = self.see(
                url=f"{origin}/robots.txt", kinds=TEXTS, max_bytes=_MOST_ROBOTS, timeout_s=timeout_s
            )
            if seen.status >= 500:
                lines = ["User-agent: *", "Disallow: /"]
            elif seen.last.body:
                lines = seen.last.body.decode("utf-8-sig", "replace").splitlines()
        except StaydownError:
            lines = []
        rules.parse(lines)
        return rules

    def _visit(
        self,
        url: str,
        kinds: Collection[str],
        max_bytes: int,
        ends_at: float,
        headers: Mapping[str, str] | None,
    ) -> Visited:
        host = urlsplit(origin_of(url)).netloc
        self.pace.wait(host, min(_WAIT_S, _left(ends_at)))
        seen = self.fetcher.visit(
            url=url,
            kinds=READABLE.intersection(kinds),
            max_bytes=max_bytes,
            timeout_s=_left(ends_at),
            headers=headers,
        )
        if seen.status in {429, 503}:
            asked = seen.headers.get("retry-after", "").strip()
            is_number = asked.isascii() and asked.isdigit() and len(asked) < 9
            pause_s = int(asked) if is_number else 30
            if seen.status == 429 or is_number:
                self.pace.pause(host, pause_s)
            if seen.status == 429:
                raise RateLimitedError(
                    "the host asks for fewer requests; try again later", retry_after_s=pause_s
                )
        return seen


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise FetchError("the address took too long to answer")
    return left
