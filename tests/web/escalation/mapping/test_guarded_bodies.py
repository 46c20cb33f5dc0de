"""Answers that are too long, too slow, packed, broken or of a kind that is never read."""

from __future__ import annotations

import threading
import time

import pytest

from little_internet import Answer, Scenario, later, little_internet, plain
from little_internet.web import bomb, huge, many_headers, raw, silent, slow
from staydown_web.base.errors import FetchError, FetchRefusedError, RateLimitedError
from staydown_web.escalation.mapping import Pace
from staydown_web.escalation.mapping.way_out import READABLE, RobotsError

URL = "http://pics.example/"
HTML = frozenset({"text/html"})
NAMES = {"pics.example": {"A": ["192.0.2.41"]}}
SHORT_S = 0.5
"""So long a page may take here; what takes longer never ends by itself."""


@pytest.fixture
def net():
    with little_internet(Scenario(names=NAMES, sites={"pics.example": {}})) as running:
        yield running


def see(net, page=None, **more):
    if page is not None:
        net.web.sites["pics.example"] = {"*": page}
    options = {"url": URL, "kinds": HTML, "max_bytes": 10_000, "timeout_s": 5, **more}
    return net.ways().fetcher.see(**options)


def test_a_body_without_end_is_cut_and_says_so(net) -> None:
    seen = see(net, huge(100_000_000))
    assert (len(seen.last.body), seen.last.is_whole) == (10_000, False)


@pytest.mark.parametrize("how", ["gzip", "br", "deflate", "GZIP", "gzip, gzip", "zstd"])
def test_a_packed_body_is_never_opened(net, how: str) -> None:
    seen = see(net, bomb(20_000_000, how=how))
    assert (seen.status, seen.last.body, seen.last.is_whole) == (200, b"", False)


@pytest.mark.parametrize(
    "kind",
    [
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "video/mp4",
        "application/vnd.apple.mpegurl",
        "application/octet-stream",
        "application/zip",
        "multipart/x-mixed-replace",
        "",
    ],
)
def test_no_body_but_text_is_read_whoever_asks(net, kind: str) -> None:
    seen = see(net, Answer(b"not to be read", 200, kind), kinds={kind, "image/jpeg", "text/html"})
    assert (seen.status, seen.last.body) == (200, b"")


def test_no_picture_is_among_the_kinds_that_are_ever_read() -> None:
    allowed = {"image/x-icon", "image/vnd.microsoft.icon"}
    media = {kind for kind in READABLE if kind.startswith(("image/", "video/", "audio/"))}
    assert media <= allowed


def test_a_picture_is_not_taken_from_the_wire(net) -> None:
    is_left = threading.Event()
    sizes = []

    def talk(peer) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n")
        try:
            while sum(sizes) < 100_000_000:
                sizes.append(peer.send(b"x" * 65536))
        except OSError:
            is_left.set()

    assert see(net, Answer(talk=talk)).last.body == b""
    assert is_left.wait(300), "the picture was read to its end"
    assert sum(sizes) < 20_000_000


@pytest.mark.parametrize(
    "page",
    [
        slow(every_s=0.02),
        silent(),
        Answer(talk=lambda peer: [peer.sendall(b"H"), peer.recv(1)]),
        Answer(talk=lambda peer: [peer.sendall(b"HTTP/1.1 200 OK\r\nX: "), peer.recv(1)]),
    ],
    ids=["slow body", "silent", "slow first line", "slow head"],
)
def test_a_slow_answer_is_left_at_its_time(net, page) -> None:
    # Each would go on for at least twenty seconds, and then end without an error of this kind.
    with pytest.raises(FetchError, match="too long"):
        see(net, page, timeout_s=SHORT_S)


def test_the_time_is_for_all_redirects_together(net) -> None:
    def on(asked):
        time.sleep(SHORT_S * 0.4)
        return Answer("", 302, headers=(("Location", f"{asked.path}x"),))

    with pytest.raises(FetchError, match="too long"):
        see(net, on, timeout_s=SHORT_S)
    assert len(net.requests) <= 4


@pytest.mark.parametrize(
    "page",
    [
        many_headers(),
        raw(b""),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Type: text/html\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500_000 + b"\r\n\r\n"),
        raw(b"\0" * 1_000),
        raw(b"HTTP/1.1 999999 What\r\n\r\n"),
    ],
    ids=[
        "header bomb",
        "nothing",
        "ssh",
        "short",
        "two lengths",
        "long header",
        "zeros",
        "no such status",
    ],
)
def test_a_broken_answer_is_one_error(net, page) -> None:
    with pytest.raises(FetchError):
        see(net, page)


def test_headers_are_kept_within_limits(net) -> None:
    headers = tuple((f"X-{n}", "y" * 3_000) for n in range(20))
    seen = see(net, Answer("<p>", headers=headers))
    assert all(len(value) <= 1_000 for value in seen.last.headers.values())


def test_a_page_that_robots_close_is_left_alone(net) -> None:
    net.web.sites["pics.example"] = {
        "/robots.txt": plain("User-agent: *\nDisallow: /v/\n"),
        "*": Answer("<p>"),
    }
    assert see(net, asks_robots=True).status == 200
    with pytest.raises(RobotsError):
        see(net, url=f"{URL}v/1", asks_robots=True)
    assert "http://pics.example/v/1" not in net.requests


@pytest.mark.parametrize(
    ("robots", "is_open"),
    [
        (Answer("", 404), True),
        (Answer("", 500), False),
        (Answer("", 403), True),
        (huge(5_000_000, content_type="text/plain"), True),
        (Answer("<html>", 200), True),
        (bomb(5_000_000), True),
        (plain("User-agent: Staydown\nDisallow: /\n"), False),
        (plain("\ufeffUser-agent: *\nDisallow: /\n"), False),
        (Answer(b"\xff\xfe\x00 not text", 200, "text/plain"), True),
    ],
    ids=["none", "broken server", "closed", "huge", "page", "packed", "us", "all", "binary"],
)
def test_robots_are_read_as_they_are_meant(net, robots, is_open: bool) -> None:
    net.web.sites["pics.example"] = {"/robots.txt": robots, "*": Answer("<p>")}
    if is_open:
        assert see(net, asks_robots=True).status == 200
    else:
        with pytest.raises(RobotsError):
            see(net, asks_robots=True)


def test_a_redirect_to_a_page_that_robots_close_is_not_followed(net) -> None:
    net.web.sites["pics.example"] = {
        "/robots.txt": plain("User-agent: *\nDisallow: /v/\n"),
        "/": Answer("", 302, headers=(("Location", "/v/1"),)),
    }
    with pytest.raises(FetchRefusedError):
        see(net, asks_robots=True)
    assert "http://pics.example/v/1" not in net.requests


def test_a_host_that_wants_fewer_requests_is_left_alone_for_so_long(net) -> None:
    seconds = [1_000.0]
    pace = Pace(gap_s=0, clock=lambda: seconds[0], sleep=lambda wait: None)
    way = net.ways(pace=pace).fetcher
    net.web.sites["pics.example"] = {"*": later("120")}
    with pytest.raises(RateLimitedError) as caught:
        way.see(url=URL, kinds=HTML, max_bytes=9)
    assert caught.value.retry_after_s == 120
    net.web.sites["pics.example"] = {"*": Answer("<p>")}
    with pytest.raises(RateLimitedError):
        way.see(url=URL, kinds=HTML, max_bytes=9)
    assert len(net.requests) == 1
    seconds[0] += 121
    assert way.see(url=URL, kinds=HTML, max_bytes=9).status == 200


@pytest.mark.parametrize("asked", ["9" * 40, "-5", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", ""])
def test_an_odd_wait_is_bounded(net, asked: str) -> None:
    net.web.sites["pics.example"] = {"*": later(asked)}
    with pytest.raises(RateLimitedError) as caught:
        see(net)
    assert 0 < (caught.value.retry_after_s or 0) <= 86_400


def test_requests_to_one_host_keep_their_distance(net) -> None:
    waited: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    way = net.ways(pace=Pace(gap_s=0.5, clock=lambda: now[0], sleep=sleep)).fetcher
    net.web.sites["pics.example"] = {"*": Answer("<p>")}
    for _ in range(3):
        way.see(url=URL, kinds=HTML, max_bytes=9)
    assert waited == [0.5, 0.5]
