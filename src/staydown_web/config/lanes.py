"""Lanes of the web server: each kind of request has places of its own, so that none can take all.

Uploads take a hundred times longer than checks by hash, somebody who files a notice waits for a
slow digest, and platforms keep calls open that wait for orders. In one lane the slow would stand
before the quick. Who finds no place is answered at once: 503 and when to come back.
Source: ADR-0093.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, Final, cast

from django.http import HttpResponseBase

from staydown_web.accounts.services.keys import key_seen
from staydown_web.base.access import address_of
from staydown_web.base.admission import BUSY, Counts, Line, Place, hold_place
from staydown_web.base.errors import ServiceBusyError
from staydown_web.base.lending import Lender
from staydown_web.config.refusals import counted, drain, let_by, refuse, refuse_broken_off

Environ = dict[str, Any]
Start = Callable[..., Any]
Answer = Callable[[Environ, Start], Iterable[bytes]]

CHECKS_AT_ONCE: Final = 8
"""Checks by hash that are in work at once. More make none of them quicker on one interpreter."""

_CHECK, _CALL, _MEDIA, _POLL = "check", "call", "media", "poll"
_READ, _SEND, _FILE, _WATCH = "read", "send", "file", "watch"
_WATCHED: Final = ("/status", "/livez", "/readyz", "/metrics", "/site-map")
_POLLED: Final = ("/api/v1/orders", "/api/v1/replica/changes", "/federation/v1/feed")
_BY_PATH: Final = (
    ("/static/", _FILE),
    (_WATCHED, _WATCH),
    (("/hooks/", "/h/"), _MEDIA),
)
_CALLED: Final = ("/api/", "/m/", "/c/", "/federation/v1/")
_MOST_READ_AHEAD: Final = 1 << 20
"""A body up to this is read before a place is taken: who sends slowly keeps nobody from working."""

_REFUSING_AT_ONCE: Final = 6
"""Threads that say no at the same moment. All others that have to wait for their turn, without
wanting the interpreter: a hundred that want it leave those who work a tenth of it. ADR-0093."""

_BREATH_S: Final = 0.002
"""Before each: who is answered at once asks again at once, and saying no would be all that is done.
Six threads so say no 3,000 times a second at most, a third of a core."""

_SPARE_THREADS: Final = 8
"""Threads that no line can fill, so that there is always one to refuse with."""

lender = Lender()


class Lanes:
    """The lines of one web process.

    Args:
        checks: places for checks by hash.
        decoders: decoding processes that it may have.
    """

    def __init__(self, checks: int = CHECKS_AT_ONCE, decoders: int | None = None) -> None:
        cores = decoders or len(os.sched_getaffinity(0))
        self._turns: SimpleQueue[None] = SimpleQueue()
        for _ in range(_REFUSING_AT_ONCE):
            self._turns.put(None)
        self.lines = {
            line.name: line
            for line in (
                # A full line of checks is some 30 ms of work on one core.
                Line(_CHECK, places=checks, spare=2, waiting=64, patience_s=0.15),
                Line(_CALL, places=4, spare=1, waiting=8, patience_s=2.0),
                Line(_MEDIA, places=cores + 1, spare=1, waiting=8, patience_s=5.0),
                Line(_POLL, places=8, spare=0, waiting=0, patience_s=0.5),
                # Pages keep the interpreter for long: more at once would only slow checks down.
                Line(_READ, places=2, spare=2, waiting=14, patience_s=8.0),
                # She may have written for an hour: whoever sends waits longest before a "later".
                Line(_SEND, places=2, spare=2, waiting=12, patience_s=20.0),
                Line(_FILE, places=3, spare=0, waiting=6, patience_s=5.0),
                Line(_WATCH, places=1, spare=0, waiting=3, patience_s=2.0),
            )
        }

    @property
    def threads(self) -> int:
        """How many threads the server needs so that every line can be full at once."""
        lines = self.lines.values()
        most = sum(line.places + line.spare + line.most_waiting for line in lines)
        return most + _SPARE_THREADS

    def counts(self) -> dict[str, Counts]:
        """What each line has done since this process started."""
        return {name: line.counts for name, line in self.lines.items()}

    def through(
        self, environ: Environ, start_response: Start, answer: Answer, *, is_quick: bool
    ) -> Iterable[bytes]:
        """Answer a request in its lane, or refuse it.

        Args:
            environ: the request.
            start_response: of WSGI.
            answer: answers it.
            is_quick: it goes without a framework, so nothing of it outlives its answer.
        """
        name = _CHECK if is_quick else lane_of(environ)
        if (is_quick or name == _SEND) and not _read_ahead(environ):
            # Many who break off in one moment must not stand before those who wait for an answer.
            return refuse_broken_off(environ, start_response)
        try:
            place = Place(self.lines[name], who_asks(environ, name))
        except ServiceBusyError as error:
            if not environ["PATH_INFO"].startswith("/hooks/"):
                return self._refused(error, environ, start_response)
            return self._by_choice(error, environ, start_response, answer)
        return _worked(place, environ, start_response, answer, is_quick=is_quick)

    def _refused(
        self, error: ServiceBusyError, environ: Environ, start_response: Start
    ) -> Iterable[bytes]:
        drain(environ)
        self._turns.get()
        try:
            time.sleep(_BREATH_S)
            return refuse(error, environ, start_response)
        finally:
            self._turns.put(None)

    def _by_choice(
        self, error: ServiceBusyError, environ: Environ, start_response: Start, answer: Answer
    ) -> Iterable[bytes]:
        """Whoever made a hook chose what a check that cannot be made means."""
        try:
            place = Place(self.lines[_CALL], who_asks(environ, _CALL))
        except ServiceBusyError:
            return self._refused(error, environ, start_response)
        environ[BUSY] = error
        return _worked(place, environ, start_response, answer, is_quick=False)


def lane_of(environ: Environ) -> str:
    """Which lane a request belongs to, by its address, method and type."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if path.startswith(_POLLED) and "wait=" in query:
        return _POLL
    for starts, name in _BY_PATH:
        if path.startswith(starts):
            return name
    is_read = environ["REQUEST_METHOD"] in {"GET", "HEAD", "OPTIONS"}
    if path.startswith(_CALLED):
        is_form = environ.get("CONTENT_TYPE", "").startswith("multipart/")
        is_fetched = "url=" in query and not path.startswith("/api/")
        return _MEDIA if is_form or is_fetched else _CALL
    return _READ if is_read else _SEND


def who_asks(environ: Environ, name: str) -> Hashable:
    """Whose share of a lane a request takes: a key's that is known here, else an address's.

    A key that nobody has met yet can be made up, a thousand a second, so it gets no share.
    """
    if name in {_CHECK, _CALL, _MEDIA, _POLL}:
        header = environ.get("HTTP_AUTHORIZATION", "")
        key = key_seen(header) if header else None
        if key is not None:
            return key
    return address_of(environ)


def _read_ahead(environ: Environ) -> bool:
    """Read a body of a usual size; False where it was broken off."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit() and 0 < int(length) <= _MOST_READ_AHEAD):
        return True
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return len(body) == int(length)


def _worked(
    place: Place, environ: Environ, start_response: Start, answer: Answer, *, is_quick: bool
) -> Iterable[bytes]:
    """The answer, with a place and a connection to the database until it is complete."""
    lender.lend()

    def leave() -> None:
        hold_place(None)
        lender.take_back()
        place.leave()

    # In the usual way layers around the view still hold on to the connection.
    hold_place(place, leave if is_quick else None)
    body = counted(environ)
    try:
        made = answer(environ, start_response)
        if isinstance(made, HttpResponseBase):
            if made.streaming:
                return _Stream(cast("Iterable[bytes]", made), leave)
            made = _whole(made)
    except BaseException:
        leave()
        raise
    leave()
    if body is not None:  # without a place: who sends slowly keeps nobody from working
        let_by(body, int(environ["CONTENT_LENGTH"]))
    return made


def _whole(response: HttpResponseBase) -> list[bytes]:
    """The body of an answer that lies in memory."""
    body: bytes = response.content  # type: ignore[attr-defined] # it does not stream
    response.close()
    return [body]


class _Stream:
    """A body that is made piece by piece, and works until it is closed."""

    def __init__(self, inner: Any, leave: Callable[[], None]) -> None:
        self._inner, self._leave = inner, leave

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        """End it."""
        try:
            self._inner.close()
        finally:
            self._leave()
