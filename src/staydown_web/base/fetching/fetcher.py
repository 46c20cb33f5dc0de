"""Fetching and sending within limits, from and to addresses that were checked."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import certifi
import httpcore

from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.base.fetching.addresses import is_ownable, is_public
from staydown_web.base.fetching.called import Called, read_called
from staydown_web.base.fetching.fetched import (
    Fetched,
    header_of,
    read_fetched,
    whole_number,
)
from staydown_web.base.fetching.resolving import Resolve, system_resolve
from staydown_web.base.fetching.targets import Target, read_target, redirected
from staydown_web.base.fetching.transport import Deadline, Dial, PinnedBackend, dial_directly
from staydown_web.base.fetching.visited import Visited, read_visited

MAX_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_ALWAYS_SENT = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_LONGEST_WAIT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """How an address took what was sent.

    Attributes:
        status: HTTP status; 2xx means taken. A redirect is not followed.
        retry_after_s: seconds after which it wants to be tried again; None where it does not say.
    """

    status: int
    retry_after_s: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the other side has taken it."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The rules of one way out. The service uses ``fetch`` and ``post``; tests bring their own.

    Attributes:
        resolve: how names become addresses.
        tls: whom to trust; None trusts the system's and certifi's authorities.
        is_public: which addresses anyone may point us to.
        ports: the only ports of origins that nobody listed.
        dial: how a checked address is connected to: directly, or through a proxy.
        user_agent: what this way calls itself; short where nobody needs to know more.
    """

    resolve: Resolve = system_resolve
    tls: ssl.SSLContext | None = None
    is_public: Callable[[str], bool] = is_public
    ports: frozenset[int] = frozenset({80, 443})
    dial: Dial = dial_directly
    user_agent: str = "Staydown"

    def fetch(
        self,
        *,
        url: str,
        allowed_origins: Sequence[str] = (),
        max_bytes: int,
        timeout_s: float = 20,
    ) -> Fetched:
        """See ``fetch``."""
        deadline = Deadline(timeout_s)
        target = read_target(url)
        for _ in range(MAX_REDIRECTS + 1):
            addresses = self._addresses(target, allowed_origins, deadline)
            with self._exchange(target, addresses, deadline) as response:
                location = header_of(response, b"location")
                if response.status not in _REDIRECTS or not location:
                    return read_fetched(response, target.url, max_bytes)
            target = redirected(target, location)
        raise FetchRefusedError(f"the address redirects more than {MAX_REDIRECTS} times")

    def post(
        self,
        *,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        allowed_origins: Sequence[str] = (),
        timeout_s: float = 15,
    ) -> Answer:
        """See ``post``."""
        deadline = Deadline(timeout_s)
        target = read_target(url)
        addresses = self._addresses(target, allowed_origins, deadline)
        with self._exchange(target, addresses, deadline, headers=headers, body=body) as response:
            return Answer(response.status, _retry_after(response))

    def ask(
        self,
        *,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        allowed_origins: Sequence[str] = (),
        max_bytes: int,
        timeout_s: float = 15,
    ) -> Fetched:
        """See ``ask``."""
        deadline = Deadline(timeout_s)
        target = read_target(url)
        addresses = self._addresses(target, allowed_origins, deadline)
        with self._exchange(target, addresses, deadline, headers=headers, body=body) as response:
            return read_fetched(response, target.url, max_bytes)

    def probe(
        self,
        *,
        url: str,
        headers: Mapping[str, str],
        allowed_origins: Sequence[str] = (),
        timeout_s: float = 15,
    ) -> Answer:
        """See ``probe``."""
        deadline = Deadline(timeout_s)
        target = read_target(url)
        addresses = self._addresses(target, allowed_origins, deadline)
        with self._exchange(target, addresses, deadline, headers=headers) as response:
            return Answer(response.status, _retry_after(response))

    def call(
        self,
        *,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str],
        allowed_origins: Sequence[str] = (),
        max_bytes: int,
        timeout_s: float = 30,
    ) -> Called:
        """Call a partner's interface with any method and take what it answers, whatever the status.

        Redirects are not followed, because the headers hold credentials.

        Raises:
            FetchRefusedError: not an address that we go to.
            FetchError: no answer; ``retryable`` says whether later can help.
            ContentTooLargeError: more than ``max_bytes``.
        """
        deadline = Deadline(timeout_s)
        target = read_target(url)
        addresses = self._addresses(target, allowed_origins, deadline)
        with self._exchange(
            target, addresses, deadline, headers=headers, body=body, method=method
        ) as response:
            return read_called(response, max_bytes)

    def visit(
        self,
        *,
        url: str,
        kinds: Collection[str],
        max_bytes: int,
        timeout_s: float = 10,
        headers: Mapping[str, str] | None = None,
    ) -> Visited:
        """Look at one public address without following it on.

        Args:
            url: http or https, without a user name.
            kinds: content types of which the body is read; of any other none is.
            max_bytes: the most that is read; a longer body is cut, and says so.
            timeout_s: for all of it together.
            headers: more headers to send.

        Raises:
            FetchRefusedError: not an address that we go to, or it leads to one.
            FetchError: no answer; ``retryable`` says whether later can help.
        """
        deadline = Deadline(timeout_s)
        target = read_target(url)
        addresses = self._addresses(target, (), deadline)
        with self._exchange(target, addresses, deadline, headers=headers) as response:
            return read_visited(response, target, addresses, kinds, max_bytes)

    @contextmanager
    def _exchange(
        self,
        target: Target,
        addresses: list[str],
        deadline: Deadline,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        method: str | None = None,
    ) -> Iterator[httpcore.Response]:
        """One request; a POST where there is a body and no method is named."""
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        sent = list({"User-Agent": self.user_agent, **_ALWAYS_SENT, **(headers or {})}.items())
        method = method or ("GET" if body is None else "POST")
        backend = PinnedBackend(addresses, deadline, self.dial)
        tls = self.tls or _trusted()
        try:
            with (
                httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
                pool.stream(method, url, headers=sent, content=body) as response,
            ):
                yield response
        except (httpcore.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException):
            raise FetchError("the address did not answer as a web server does") from None

    def _addresses(
        self, target: Target, allowed_origins: Sequence[str], deadline: Deadline
    ) -> list[str]:
        """The addresses to connect to, every one of them checked."""
        is_owned = target.origin in {read_target(origin).origin for origin in allowed_origins}
        if not is_owned and target.port not in self.ports:
            raise FetchRefusedError("the address has an unusual port")
        host = target.host
        found = [host] if target.is_number else self.resolve(host, deadline.left())
        is_allowed = is_ownable if is_owned else self.is_public
        # One inner address among outer ones is an attempt too: all of them or none.
        if not found or not all("%" not in a and is_allowed(a) for a in found):
            raise FetchRefusedError("the address leads into a private or reserved network")
        return found


def fetch(
    *,
    url: str,
    allowed_origins: Sequence[str] = (),
    max_bytes: int,
    timeout_s: float = 20,
) -> Fetched:
    """Fetch what is at an address that somebody supplied.

    Args:
        url: http or https, without a user name.
        allowed_origins: origins (scheme, host, port) that a platform lists as its own: these may
            lie in a private network and on any port.
        max_bytes: the most that is taken.
        timeout_s: for all of it together, redirects included.

    Returns:
        Status, kind and body, the body in memory alone. No cookies, no proxy of the environment, no
        compressed bodies; at most 3 redirects, each checked as the first address was.

    Raises:
        FetchRefusedError: not an address that we go to.
        FetchError: no answer, or none as needed; ``retryable`` says whether later can help.
        ContentTooLargeError: more than ``max_bytes``.
    """
    return Fetcher().fetch(
        url=url, allowed_origins=allowed_origins, max_bytes=max_bytes, timeout_s=timeout_s
    )


def post(
    *,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed_origins: Sequence[str] = (),
    timeout_s: float = 15,
) -> Answer:
    """Send a body to an address that somebody supplied; what comes back is not read.

    Raises:
        FetchRefusedError: not an address that we go to.
        FetchError: no answer; ``retryable`` says whether later can help.
    """
    return Fetcher().post(
        url=url, body=body, headers=headers, allowed_origins=allowed_origins, timeout_s=timeout_s
    )


def ask(
    *,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed_origins: Sequence[str] = (),
    max_bytes: int,
    timeout_s: float = 15,
) -> Fetched:
    """Send a body to an address and take what it answers; a redirect is not followed.

    Raises:
        FetchRefusedError: not an address that we go to.
        FetchError: no answer; ``retryable`` says whether later can help.
        ContentTooLargeError: more than ``max_bytes``.
    """
    return Fetcher().ask(
        url=url,
        body=body,
        headers=headers,
        allowed_origins=allowed_origins,
        max_bytes=max_bytes,
        timeout_s=timeout_s,
    )


def probe(
    *,
    url: str,
    headers: Mapping[str, str],
    allowed_origins: Sequence[str] = (),
    timeout_s: float = 15,
) -> Answer:
    """Ask an address with a GET that names who asks; only the status is read, nothing followed.

    Raises:
        FetchRefusedError: not an address that we go to.
        FetchError: no answer; ``retryable`` says whether later can help.
    """
    return Fetcher().probe(
        url=url, headers=headers, allowed_origins=allowed_origins, timeout_s=timeout_s
    )


@cache
def _trusted() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _retry_after(response: httpcore.Response) -> int | None:
    # The other form, a date, is rare and would let the other side's clock decide: left out.
    return min(whole_number(header_of(response, b"retry-after")) or 0, _LONGEST_WAIT_S) or None
