"""The guard: copies stop, everything else passes byte for byte, failures as chosen."""

from __future__ import annotations

import io
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from checked_service import CONFIRMED, OTHER, cropped, saved_again
from media_files import CLIP
from staydown_client.errors import SettingError
from staydown_client.guard import Guard, GuardSettings
from staydown_client.guard.asking import HookClient
from web_servers import answering, serving


@pytest.fixture
def strict(service, guarded, hook_for) -> str:
    """The address of a guard that refuses holds and what cannot be checked."""
    return guarded(
        service=service.address, secret=hook_for("closed", "refuse"), on_unreachable="closed"
    )


def form(data: bytes, name: str = "a.jpg") -> dict:
    return {"files": {"file": (name, data, "image/jpeg")}, "data": {"title": "x"}}


class TestUploads:
    def test_copies_stop_and_another_picture_is_stored_byte_for_byte(self, strict, app):
        for bad in (CONFIRMED.read_bytes(), saved_again(), cropped()):
            assert httpx.post(f"{strict}/up", **form(bad)).status_code == 422
        assert app.stored == []
        good = OTHER.read_bytes()
        request = httpx.Request("POST", f"{strict}/up", **form(good))
        sent = request.read()
        with httpx.Client() as client:
            assert client.send(request).status_code == 201
        assert app.stored == [sent]

    def test_a_body_that_is_a_file_itself_and_one_in_chunks(self, strict, app):
        def chunks(data):
            yield from (data[i : i + 5000] for i in range(0, len(data), 5000))

        good, bad = OTHER.read_bytes(), saved_again()
        put = {"headers": {"Content-Type": "image/jpeg"}}
        assert httpx.put(f"{strict}/a.jpg", content=bad, **put).status_code == 422
        assert httpx.put(f"{strict}/a.jpg", content=chunks(bad), **put).status_code == 422
        assert httpx.put(f"{strict}/a.jpg", content=good, **put).status_code == 201
        assert httpx.put(f"{strict}/a.jpg", content=chunks(good), **put).status_code == 201
        assert httpx.post(f"{strict}/t", content=chunks(b"words" * 9999)).status_code == 201
        assert app.stored == [good, good, b"words" * 9999]

    def test_a_second_file_of_a_form_is_looked_at_too(self, strict, app):
        files = [("a", ("a.jpg", OTHER.read_bytes())), ("b", ("notes.txt", saved_again()))]
        assert httpx.post(f"{strict}/up", files=files).status_code == 422
        assert app.stored == []

    def test_a_clip_passes(self, strict, app):
        assert httpx.post(f"{strict}/up", **form(CLIP.read_bytes(), "c.mp4")).status_code == 201

    def test_a_hold_passes_where_the_hook_stores_it_and_the_app_is_told(
        self, service, guarded, hook_for, app
    ):
        secret = hook_for("closed", "store")
        address = guarded(service=service.address, secret=secret, on_unreachable="closed")
        answer = httpx.post(
            f"{address}/up", **form(cropped()), headers={"Staydown-Verdict": "clear"}
        )
        assert answer.status_code == 201
        told = [value for name, value in app.seen[0][2] if name == "Staydown-Verdict"]
        assert told == ["hold"]


class TestPassingOn:
    def test_answers_come_back_as_they_are(self, strict, app):
        answer = httpx.get(f"{strict}/a%2Fb/%C3%A4?x=1&x=%20", headers={"X-One": "1"})
        assert (answer.status_code, answer.content) == (201, b"\x00\xffa/b/\xc3\xa4")
        assert answer.headers.get_list("Set-Cookie") == ["a=1", "b=2"]
        method, target, headers = app.seen[0]
        assert (method, target) == ("GET", "/a%2Fb/%C3%A4?x=1&x=%20")
        assert ("X-One", "1") in headers
        assert ("Host", urlsplit(strict).netloc) in headers
        assert ("X-Forwarded-For", "127.0.0.1") in headers

    def test_a_streamed_answer_and_one_without_a_body(self, strict):
        assert httpx.get(f"{strict}/stream").content == b"one,two,three"
        head = httpx.head(f"{strict}/page")
        assert (head.status_code, head.content) == (201, b"")

    def test_many_requests_on_one_connection(self, strict, app):
        with httpx.Client() as client:
            for n in range(5):
                assert client.post(f"{strict}/t", content=b"x" * n).status_code == 201
            assert client.post(f"{strict}/up", **form(saved_again())).status_code == 422
            assert client.get(f"{strict}/page").status_code == 201
        assert app.stored == [b"x" * n for n in range(5)]

    def test_an_app_that_is_away_is_a_502(self, service, hook_for):
        from .conftest import running_guard

        given = {"service": service.address, "secret": "x", "on_unreachable": "open"}
        with running_guard(upstream="http://127.0.0.1:9", **given) as guard:
            answer = httpx.get(f"http://127.0.0.1:{guard.server_address[1]}/page")
        assert answer.status_code == 502

    @pytest.mark.parametrize(
        "head",
        [
            b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            b"Content-Length: +5\r\n\r\nhello",
            b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        ],
    )
    def test_what_two_readers_could_read_differently_is_refused(self, strict, app, head):
        parts = urlsplit(strict)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as peer:
            peer.sendall(b"POST /t HTTP/1.1\r\nHost: x\r\n" + head)
            assert peer.recv(100).startswith(b"HTTP/1.1 400")
        assert app.seen == []

    def test_chunks_that_are_none_end_the_connection(self, strict, app):
        parts = urlsplit(strict)
        for body in (b"5;x=1\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"5\r\nhelloXX"):
            with socket.create_connection((parts.hostname, parts.port), timeout=10) as peer:
                peer.sendall(b"POST /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
                assert peer.recv(100)[:12] in {b"", b"HTTP/1.1 400", b"HTTP/1.1 502"}
        assert app.stored == []


class TestFailures:
    @pytest.mark.parametrize(("choice", "status"), [("open", 201), ("closed", 503)])
    @pytest.mark.parametrize("reply", ["down", "slow", "garbage", "500", "401"])
    def test_a_service_that_gives_no_answer(self, reply, choice, status, guarded, app):
        replies = {
            "slow": lambda peer, request: peer.recv(1),
            "garbage": lambda peer, request: peer.sendall(b"what?\r\n\r\n"),
            "500": answering(b"{}", status="500 Oops"),
            "401": answering(b'{"code": "key_unknown"}', status="401 Unauthorized"),
        }
        with serving(replies.get(reply, answering())) as server:
            origin = "http://127.0.0.1:9" if reply == "down" else server.origin
            address = guarded(service=origin, secret="s", on_unreachable=choice, wait_s=1)
            answer = httpx.post(f"{address}/up", **form(OTHER.read_bytes()), timeout=20)
        assert answer.status_code == status
        assert len(app.stored) == (choice == "open")

    @pytest.mark.parametrize(("choice", "status"), [("open", 201), ("closed", 422)])
    def test_a_file_that_cannot_be_opened_is_answered_by_the_hook_s_choice(
        self, choice, status, service, guarded, hook_for, app
    ):
        broken = OTHER.read_bytes()[:300]
        other = {"open": "closed", "closed": "open"}[choice]
        address = guarded(
            service=service.address, secret=hook_for(choice, "refuse"), on_unreachable=other
        )
        assert httpx.post(f"{address}/up", **form(broken)).status_code == status

    def test_what_passed_alone_is_told_with_the_next_call(self):
        with serving(answering(b'{"action": "store", "verdict": "clear"}')) as server:
            client = HookClient(server.origin, "s", on_unreachable="open", wait_s=5)
            client._missed = 2
            client.check(media=io.BytesIO(b"x"))
            client.check(media=io.BytesIO(b"x"))
            client.close()
        assert b"staydown-missed: open=2\r\n" in server.requests[0].lower()
        assert b"staydown-missed" not in server.requests[1].lower()

    def test_a_connection_that_ended_while_it_was_kept_is_no_failure(self):
        answer = answering(b'{"action": "store", "verdict": "clear"}', Connection="keep-alive")

        def answer_then_hang_up(peer, request):
            answer(peer, request)
            peer.recv(65536)  # the next request, which gets no answer

        with serving(answer_then_hang_up) as server:
            client = HookClient(server.origin, "s", on_unreachable="open", wait_s=5)
            for body in (b"one", b"two"):
                assert client.check(media=io.BytesIO(body)).verdict == "clear"
            client.close()
        assert client.missed == 0
        assert server.requests[1].endswith(b"\r\n\r\ntwo")

    def test_a_body_above_the_limit_is_refused(self, service, guarded, hook_for, app):
        address = guarded(
            service=service.address,
            secret=hook_for("open", "store"),
            on_unreachable="open",
            max_body_bytes=1000,
        )
        assert httpx.post(f"{address}/up", **form(OTHER.read_bytes())).status_code == 413
        assert app.stored == []


@pytest.mark.parametrize("upstream", ["https://a", "a:1", "http://a/path", ""])
def test_an_app_that_is_elsewhere_is_refused(upstream):
    with pytest.raises(SettingError):
        Guard(
            GuardSettings(upstream=upstream, service="http://a", secret="s", on_unreachable="open")
        )
