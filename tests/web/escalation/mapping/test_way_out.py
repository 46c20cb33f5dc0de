"""The way out for mapper and watcher: its name, its manners, its proxy; and never media."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

import staydown
from staydown.errors import ConfigError
from staydown_web.base.errors import FetchError, FetchRefusedError, RateLimitedError
from staydown_web.base.fetching import Fetcher, through_proxy
from staydown_web.config.environment import read_environment
from staydown_web.escalation.mapping import Pace, RobotsError, WayOut, system_ways
from staydown_web.escalation.mapping.way_out import ICONS, PAGES, TEXTS
from web_servers import Served, answering, serving

OUTER = "127.0.0.2"
"""Stands for the open internet; 127.0.0.1 stays what it is."""


def way(*servers: Served, gap_s: float = 0, **options) -> WayOut:
    fetcher = Fetcher(
        resolve=lambda name, left: [OUTER],
        is_public=lambda address: address == OUTER,
        ports=frozenset(server.port for server in servers),
        user_agent="Staydown/9 (+https://helpline.example)",
        **options,
    )
    return WayOut(fetcher, Pace(gap_s=gap_s))


def by_path(pages: dict[str, tuple[str, bytes]]):
    """A server of pages by path; any other path is not found."""

    def reply(peer: socket.socket, request: bytes) -> None:
        path = request.split(b" ", 2)[1].decode()
        kind, body = pages.get(path, ("text/plain", b""))
        status = "200 OK" if path in pages else "404 Not Found"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        peer.sendall(f"{head}Set-Cookie: who=you\r\n\r\n".encode() + body)

    return reply


def test_it_says_who_it_is_and_keeps_no_cookie() -> None:
    pages = {"/a": ("text/html", b"<p>a"), "/b": ("text/html", b"<p>b")}
    with serving(by_path(pages), host=OUTER) as served:
        out = way(served)
        for path in pages:
            seen = out.see(
                url=f"http://site.example:{served.port}{path}", kinds=PAGES, max_bytes=99
            )
            assert seen.last.body
    for request in served.requests:
        assert b"User-Agent: Staydown/9 (+https://helpline.example)" in request
        assert b"cookie" not in request.lower()


@pytest.mark.parametrize("kind", ["image/jpeg", "video/mp4", "image/png", "application/zip", ""])
def test_media_is_never_read_whoever_asks(kind: str) -> None:
    with serving(by_path({"/x": (kind, b"x" * 999)}), host=OUTER) as served:
        url = f"http://site.example:{served.port}/x"
        seen = way(served).see(url=url, kinds={kind, *PAGES, *ICONS}, max_bytes=10_000)
    assert (seen.status, seen.last.body, seen.last.is_whole) == (200, b"", False)


def test_without_kinds_no_body_is_read() -> None:
    with serving(by_path({"/x": ("text/html", b"<p>x")}), host=OUTER) as served:
        seen = way(served).see(url=f"http://site.example:{served.port}/x")
    assert (seen.last.content_type, seen.last.body) == ("text/html", b"")


def test_a_long_body_is_cut_and_says_so() -> None:
    with serving(by_path({"/x": ("text/plain", b"x" * 5_000)}), host=OUTER) as served:
        url = f"http://site.example:{served.port}/x"
        seen = way(served).see(url=url, kinds=TEXTS, max_bytes=100)
    assert (len(seen.last.body), seen.last.is_whole) == (100, False)


def test_robots_close_pages_for_those_who_ask() -> None:
    robots = b"User-agent: other\nDisallow: /\n\nUser-agent: Staydown\nDisallow: /in\n"
    pages = {
        "/robots.txt": ("text/plain", robots),
        "/in/x": ("text/html", b"x"),
        "/ads.txt": ("text/plain", b"a"),
    }
    with serving(by_path(pages), host=OUTER) as served:
        out, origin = way(served), f"http://site.example:{served.port}"
        with pytest.raises(RobotsError):
            out.see(url=f"{origin}/in/x", kinds=PAGES, max_bytes=9, asks_robots=True)
        assert out.is_welcome(url=f"{origin}/out")
        assert out.see(url=f"{origin}/ads.txt", kinds=TEXTS, max_bytes=9).last.body == b"a"
    assert sum(b"/robots.txt" in request for request in served.requests) == 1


def test_a_host_is_asked_at_its_pace() -> None:
    waits: list[float] = []
    now = [0.0]
    pace = Pace(gap_s=0.5, clock=lambda: now[0], sleep=waits.append)
    for host in ("a", "a", "b", "a"):
        pace.wait(host, 2)
    assert waits == [0.5, 1.0]
    with pytest.raises(RateLimitedError):
        pace.wait("a", 1)
    now[0] = 10
    pace.wait("a", 0)


def test_a_host_that_asks_to_wait_is_left_alone() -> None:
    refusal = answering(b"", status="429 Too Many", Retry_After="120")
    with serving(refusal, host=OUTER) as served:
        out, url = way(served), f"http://site.example:{served.port}/"
        for _ in range(3):
            with pytest.raises(RateLimitedError) as caught:
                out.see(url=url, kinds=PAGES, max_bytes=9)
            assert caught.value.retry_after_s >= 110
    assert served.connections == 1


@contextmanager
def proxy(leads_to: int, *, refuses: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """An HTTP proxy that notes what it was asked, and leads every tunnel to one port."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def talk(client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        asked.append(head)
        if refuses:
            client.sendall(b"HTTP/1.1 403 No\r\n\r\n")
            client.close()
            return
        client.sendall(b"HTTP/1.1 200 Connected\r\nX: y\r\n\r\n")
        with socket.create_connection((OUTER, leads_to)) as server:
            back = threading.Thread(target=copy, args=(server, client), daemon=True)
            back.start()
            copy(client, server)
            back.join(5)
        client.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_a_proxy_is_led_to_the_address_that_was_checked() -> None:
    with (
        serving(by_path({"/x": ("text/html", b"<p>x")}), host=OUTER) as served,
        proxy(served.port) as (port, asked),
    ):
        out = way(served, dial=through_proxy(f"http://me:p%40ss@127.0.0.1:{port}"))
        url = f"http://site.example:{served.port}/x"
        assert out.see(url=url, kinds=PAGES, max_bytes=99).last.body == b"<p>x"
    head = asked[0].decode()
    assert head.startswith(f"CONNECT {OUTER}:{served.port} HTTP/1.1\r\n")
    assert base64.b64encode(b"me:p@ss").decode() in head
    assert "site.example" not in head


def test_a_proxy_leads_to_no_private_address() -> None:
    with proxy(1) as (port, asked):
        fetcher = Fetcher(
            resolve=lambda name, left: ["10.0.0.1"],
            dial=through_proxy(f"http://127.0.0.1:{port}"),
        )
        with pytest.raises(FetchRefusedError):
            WayOut(fetcher).see(url="http://site.example/")
    assert asked == []


def test_a_proxy_that_refuses_is_no_answer() -> None:
    with proxy(1, refuses=True) as (port, _):
        fetcher = Fetcher(
            resolve=lambda name, left: [OUTER],
            is_public=lambda address: True,
            dial=through_proxy(f"http://127.0.0.1:{port}"),
        )
        with pytest.raises(FetchError):
            WayOut(fetcher).see(url="http://site.example/")


def test_the_installations_way_is_as_its_settings_say(settings) -> None:
    settings.STAYDOWN_DNS_SERVERS = [("192.0.2.53", 5353)]
    settings.STAYDOWN_ESCALATION_PROXY = ""
    settings.STAYDOWN_URL = "https://helpline.example"
    system_ways.cache_clear()
    try:
        ways = system_ways()
        agent = ways.fetcher.fetcher.user_agent
        assert agent == f"Staydown/{staydown.__version__} (+https://helpline.example)"
        assert ways.names.servers == (("192.0.2.53", 5353),)
        assert not ways.fetcher.fetcher.is_public("127.0.0.1")
        assert ways.fetcher.fetcher.ports == {80, 443}
    finally:
        system_ways.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STAYDOWN_DNS_SERVERS", "dns.example"),
        ("STAYDOWN_DNS_SERVERS", "192.0.2.1:99999"),
        ("STAYDOWN_DNS_SERVERS", "192.0.2.1/x"),
        ("STAYDOWN_DNS_SERVERS", ",".join(["192.0.2.1"] * 9)),
        ("STAYDOWN_ESCALATION_PROXY", "https://proxy.example"),
        ("STAYDOWN_ESCALATION_PROXY", "proxy.example:3128"),
        ("STAYDOWN_ESCALATION_PROXY", "http://proxy.example:3128/path"),
        ("STAYDOWN_ESCALATION_PROXY", "http://proxy.example:port"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_environment({name: value})


def test_name_servers_with_and_without_a_port() -> None:
    found = read_environment({"STAYDOWN_DNS_SERVERS": "192.0.2.1, [2001:db8::1]:54,2001:db8::2,"})
    assert found.dns_servers == [("192.0.2.1", 53), ("2001:db8::1", 54), ("2001:db8::2", 53)]
