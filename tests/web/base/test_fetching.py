"""The guarded fetcher against real servers that lie, stall, flood and redirect."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from staydown.errors import ContentTooLargeError
from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.base.fetching import Fetcher, fetch, outcome_facts, post
from staydown_web.base.fetching.resolving import system_resolve
from web_servers import Served, answering, certificate, naming, serving

OUTER = "127.0.0.2"
"""Stands for the open internet in these tests; 127.0.0.1 stays what it is."""


def outside(*servers: Served, resolve=system_resolve, tls=None) -> Fetcher:
    """A fetcher for which one address of this machine is public."""
    return Fetcher(
        resolve=resolve,
        is_public=lambda address: address == OUTER,
        ports=frozenset(s.port for s in servers),
        tls=tls,
    )


@pytest.fixture
def picture() -> Iterator[Served]:
    with serving(answering(b"bytes", Content_Type="Image/PNG; charset=x")) as served:
        yield served


def get(served: Served, path: str = "/a.png", **more) -> bytes:
    options = {"allowed_origins": [served.origin], "max_bytes": 1_000, **more}
    with fetch(url=served.origin + path, **options) as got:
        return got.body.read()


def test_a_body_of_an_owned_origin_comes_back_in_memory(picture: Served) -> None:
    url = picture.origin + "/a.png"
    with fetch(url=url, allowed_origins=[picture.origin + "/"], max_bytes=1_000) as got:
        assert (got.status, got.content_type, got.size_bytes) == (200, "image/png", 5)
        assert got.body.read() == b"bytes"
        assert got.final_url == url
        name = Path(f"/proc/self/fd/{got.body.fileno()}").readlink()
        assert name.as_posix().startswith("/memfd:")
    assert got.body.closed


def test_what_is_sent_tells_nothing_about_us(picture: Served, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    get(picture, "/ä?q=ü#part")
    lines = picture.requests[0].decode().lower().split("\r\n")
    assert lines[0] == "get /%c3%a4?q=%c3%bc http/1.1"
    names = {line.partition(":")[0] for line in lines[1:] if line}
    assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_this_machine_is_refused_where_nobody_lists_it(picture: Served) -> None:
    for url in (picture.origin, f"http://localhost:{picture.port}", "http://localhost/"):
        with pytest.raises(FetchRefusedError):
            fetch(url=url, max_bytes=10)
    with pytest.raises(FetchRefusedError):
        fetch(url=picture.origin, allowed_origins=["http://127.0.0.1:1"], max_bytes=10)
    assert picture.connections == 0


def test_an_unusual_port_is_refused_before_any_name_is_looked_up() -> None:
    def resolve(name: str, timeout_s: float) -> list[str]:
        raise AssertionError("looked up")

    with pytest.raises(FetchRefusedError, match="port"):
        Fetcher(resolve=resolve).fetch(url="http://forum.example:22/", max_bytes=10)


def test_a_name_is_looked_up_once_and_its_address_is_kept() -> None:
    # Rebinding: the first answer is public, every later one leads to this machine.
    with (
        serving(answering(b"public"), host=OUTER) as public,
        serving(answering(b"secret"), port=public.port) as inner,
        naming({"rebind.example": [[OUTER], ["127.0.0.1"]]}) as names,
    ):
        url = f"http://rebind.example:{public.port}/"
        with outside(public, resolve=names.resolve).fetch(url=url, max_bytes=100) as got:
            assert got.body.read() == b"public"
        assert names.asked == ["rebind.example"]
        assert f"Host: rebind.example:{public.port}".encode() in public.requests[0]
        with pytest.raises(FetchRefusedError):
            outside(public, resolve=names.resolve).fetch(url=url, max_bytes=100)
        assert inner.connections == 0


def test_one_inner_address_among_outer_ones_is_refused() -> None:
    with (
        serving(answering(b"public"), host=OUTER) as public,
        naming({"mixed.example": [[OUTER, "127.0.0.1"]]}) as names,
    ):
        url = f"http://mixed.example:{public.port}/"
        with pytest.raises(FetchRefusedError):
            outside(public, resolve=names.resolve).fetch(url=url, max_bytes=100)
    assert public.connections == 0


def test_the_next_address_is_tried_where_one_does_not_answer(picture: Served) -> None:
    fetcher = Fetcher(
        resolve=lambda name, left: ["127.0.0.3", "127.0.0.1"],
        is_public=lambda address: True,
        ports=frozenset({picture.port}),
    )
    with fetcher.fetch(url=f"http://two.example:{picture.port}/", max_bytes=10) as got:
        assert got.status == 200


@pytest.mark.parametrize("where", ["http://127.0.0.1:{port}/", "http://localhost:{port}/"])
def test_a_redirect_into_this_machine_is_refused(where: str) -> None:
    with serving(answering(b"secret")) as inner:
        location = where.format(port=inner.port)
        hop = answering(status="302 Found", Location=location)
        with serving(hop, host=OUTER) as public, pytest.raises(FetchRefusedError):
            outside(public, inner).fetch(url=public.origin, max_bytes=100)
        assert inner.connections == 0


def test_a_redirect_to_another_port_of_an_owned_origin_is_refused(picture: Served) -> None:
    hop = answering(status="301 Moved", Location=picture.origin)
    with serving(hop) as owned, pytest.raises(FetchRefusedError):
        fetch(url=owned.origin, allowed_origins=[owned.origin], max_bytes=100)
    assert picture.connections == 0


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    def reply(peer: socket.socket, request: bytes) -> None:
        left = int(request.split(b" ")[1].strip(b"/"))
        answer = answering(status="307 T", Location=f"/{left - 1}") if left else answering(b"end")
        answer(peer, request)

    with serving(reply) as served:
        assert get(served, "/3") == b"end"
        with pytest.raises(FetchRefusedError, match="redirects more than 3"):
            get(served, "/4")
        assert served.connections == 8


def test_a_status_other_than_200_has_no_body() -> None:
    with (
        serving(answering(b"not here", status="404 Not Found")) as served,
        fetch(url=served.origin, allowed_origins=[served.origin], max_bytes=10) as got,
    ):
        assert (got.status, got.size_bytes, got.body.read()) == (404, 0, b"")


@pytest.mark.parametrize("length", [True, False])
def test_a_body_that_is_too_large_is_refused(length: bool) -> None:
    with serving(answering(b"x" * 2_000, length=length)) as served:
        with pytest.raises(ContentTooLargeError):
            get(served)
        assert len(get(served, max_bytes=2_000)) == 2_000


def test_a_body_without_end_is_cut() -> None:
    def reply(peer: socket.socket, request: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    with serving(reply) as served, pytest.raises(ContentTooLargeError):
        get(served, max_bytes=1_000_000)


def trickling(text: bytes) -> object:
    def reply(peer: socket.socket, request: bytes) -> None:
        for letter in text * 100:
            peer.sendall(bytes([letter]))
            time.sleep(0.05)

    return reply


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"",
    ],
    ids=["head", "continues", "silence"],
)
def test_a_server_that_keeps_us_waiting_is_left_in_time(text: bytes) -> None:
    reply = trickling(text) if text else lambda peer, request: time.sleep(3)
    with serving(reply) as served:  # type: ignore[arg-type]
        start = time.monotonic()
        with pytest.raises(FetchError) as caught:
            get(served, timeout_s=0.6)
        assert caught.value.retryable
        assert time.monotonic() - start < 2.5


def test_a_trickling_body_is_left_in_time() -> None:
    def reply(peer: socket.socket, request: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        trickling(b"xxxx")(peer, request)  # type: ignore[operator]

    with serving(reply) as served, pytest.raises(FetchError, match="too long"):
        get(served, max_bytes=1_000_000, timeout_s=0.6)


def test_the_time_is_for_all_redirects_together() -> None:
    def reply(peer: socket.socket, request: bytes) -> None:
        time.sleep(0.4)
        answering(status="302 Found", Location="/")(peer, request)

    with serving(reply) as served, pytest.raises(FetchError, match="too long"):
        get(served, timeout_s=0.9)


def test_a_compressed_body_is_not_opened() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(answering(bomb, Content_Encoding="gzip")) as served:
        with pytest.raises(FetchError, match="compressed") as caught:
            get(served, max_bytes=1_000_000)
        assert not caught.value.retryable


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        b"\0" * 1_000,
    ],
    ids=["nothing", "ssh", "short", "long number", "two lengths", "many headers", "zeros"],
)
def test_a_broken_answer_is_one_error(reply: bytes) -> None:
    with serving(lambda peer, request: peer.sendall(reply)) as served, pytest.raises(FetchError):
        get(served)


def test_a_closed_port_is_an_error_that_can_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchError) as caught:
        fetch(
            url=f"http://127.0.0.1:{port}/",
            allowed_origins=[f"http://127.0.0.1:{port}"],
            max_bytes=10,
        )
    assert caught.value.retryable


def test_a_name_without_an_address_is_an_error_that_can_pass() -> None:
    with pytest.raises(FetchError) as caught:
        fetch(url="http://no-such-name.invalid/", max_bytes=10, timeout_s=10)
    assert caught.value.retryable


def test_a_name_server_that_never_answers_is_left_in_time(monkeypatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(2) or [])
    start = time.monotonic()
    with pytest.raises(FetchError, match="in time"):
        fetch(url="http://slow.example/", max_bytes=10, timeout_s=0.3)
    assert time.monotonic() - start < 1.5


@pytest.fixture
def trusting(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A client's context that trusts a server's certificate for 127.0.0.1, and that server's."""
    public, server = certificate(tmp_path, "127.0.0.1")
    return ssl.create_default_context(cafile=public), server


def test_tls_is_used_and_its_name_checked(trusting, tmp_path: Path) -> None:
    client, server = trusting
    with serving(answering(b"safe"), tls=server) as served:
        origin = f"https://127.0.0.1:{served.port}"
        with Fetcher(tls=client).fetch(url=origin, allowed_origins=[origin], max_bytes=9) as got:
            assert got.body.read() == b"safe"
        # The same server under another name: its certificate does not say so.
        named = f"https://localhost:{served.port}"
        with pytest.raises(FetchError, match="certificate") as caught:
            Fetcher(tls=client).fetch(url=named, allowed_origins=[named], max_bytes=9)
        assert not caught.value.retryable


@pytest.mark.parametrize("days", [1, -1], ids=["nobody trusts it", "it has run out"])
def test_a_certificate_that_does_not_hold_is_refused(tmp_path: Path, days: int) -> None:
    public, server = certificate(tmp_path, "127.0.0.1", days=days)
    client = ssl.create_default_context(cafile=public) if days < 0 else None
    with serving(answering(b"safe"), tls=server) as served:
        origin = f"https://127.0.0.1:{served.port}"
        with pytest.raises(FetchError, match="certificate"):
            Fetcher(tls=client).fetch(url=origin, allowed_origins=[origin], max_bytes=9)
        assert served.requests == []


def test_a_server_without_tls_is_an_error(picture: Served) -> None:
    origin = f"https://127.0.0.1:{picture.port}"
    with pytest.raises(FetchError):
        fetch(url=origin, allowed_origins=[origin], max_bytes=9, timeout_s=2)


def test_a_body_is_sent_and_the_answer_is_a_status() -> None:
    with serving(answering(b"ignored", status="202 Accepted")) as served:
        answer = post(
            url=served.origin + "/hook",
            body=b'{"a":1}',
            headers={"Content-Type": "application/json", "webhook-id": "m1"},
            allowed_origins=[served.origin],
        )
        assert (answer.status, answer.is_taken, answer.retry_after_s) == (202, True, None)
        head, _, body = served.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /hook HTTP/1.1\r\n")
        assert b"webhook-id: m1" in head
        assert b"Content-Length: 7" in head
        assert body == b'{"a":1}'


def test_a_redirect_of_what_was_sent_is_not_followed(picture: Served) -> None:
    with serving(answering(status="307 T", Location=picture.origin)) as served:
        answer = post(
            url=served.origin,
            body=b"x",
            headers={},
            allowed_origins=[served.origin, picture.origin],
        )
    assert (answer.status, answer.is_taken) == (307, False)
    assert picture.connections == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("0", None), ("99999999", 86400), ("9" * 5_000, None), ("soon", None)],
)
def test_a_wait_that_is_asked_for_is_bounded(text: str, seconds: int | None) -> None:
    with serving(answering(status="503 Busy", Retry_After=text)) as served:
        answer = post(url=served.origin, body=b"x", headers={}, allowed_origins=[served.origin])
    assert answer.retry_after_s == seconds


def test_nothing_of_the_address_is_logged_or_in_an_error(picture: Served, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    get(picture, "/secret-path")
    with serving(answering(b"x" * 99)) as served, pytest.raises(ContentTooLargeError) as caught:
        get(served, "/secret-path", max_bytes=1)
    assert "secret" not in str(caught.value)
    ours = [r for r in caplog.records if r.levelno >= logging.INFO]
    assert not [r for r in ours if "secret" in r.getMessage() or "127.0.0.1" in r.getMessage()]


def test_an_outcome_is_told_without_the_address() -> None:
    error = FetchError("the address took too long", retryable=True)
    assert outcome_facts(tries=2, status=503, duration_ms=12) == {
        "tries": 2,
        "status": 503,
        "duration_ms": 12,
    }
    assert outcome_facts(tries=1, error=error) == {
        "tries": 1,
        "error": "address_unreachable",
        "is_retryable": True,
    }
