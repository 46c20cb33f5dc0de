"""Requests go into lanes of their own, and who finds no place is told so without any work."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings

from staydown_web.accounts.services import authenticate
from staydown_web.base.admission import Place, give_up_place
from staydown_web.base.errors import ServiceBusyError
from staydown_web.config import refusals, web_server
from staydown_web.config.lanes import Lanes, lane_of, who_asks
from staydown_web.config.refusals import BUSY_PATH, make_pages, refuse

JSON = "application/json"
FORM = "multipart/form-data; boundary=x"


def request(method: str, path: str, body: bytes = b"", **more: str) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": "192.0.2.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        **more,
    }


class Started:
    """What an answer began with."""

    def __init__(self) -> None:
        self.status, self.headers = 0, {}

    def __call__(self, status: str, headers: list[tuple[str, str]], *_: object) -> None:
        self.status = int(status.split(maxsplit=1)[0])
        self.headers = {name.lower(): value for name, value in headers}


@pytest.fixture(autouse=True)
def no_look_at_connections() -> Iterator[None]:
    """A request looks whether connections are too old, as Django's own test client prevents.

    Most tests here have no database, and one before them may have left a connection open.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def full(lanes: Lanes, name: str) -> list[Place]:
    """Take every place of a lane, and let nobody wait in it."""
    line = lanes.lines[name]
    line.most_waiting = 0
    places = []
    with suppress(ServiceBusyError):
        while True:
            places.append(Place(line, len(places)))
    return places


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(checks=2, decoders=1)


def word(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"done"]


@pytest.mark.parametrize(
    ("method", "path", "kind", "lane"),
    [
        ("POST", "/api/v1/check", FORM, "media"),
        ("POST", "/api/v1/check/batch", JSON, "call"),
        ("GET", "/api/v1/hits", "", "call"),
        ("GET", "/api/v1/orders?after=1", "", "call"),
        ("GET", "/api/v1/orders?after=1&wait=20", "", "poll"),
        ("GET", "/api/v1/replica/changes?wait=25", "", "poll"),
        ("GET", "/federation/v1/feed?wait=9", "", "poll"),
        ("GET", "/federation/v1/keys", "", "call"),
        ("POST", "/hooks/pict-rs/x/", "image/jpeg", "media"),
        ("POST", "/h/hash", FORM, "media"),
        ("GET", "/h/hash?url=http://a.example/b.jpg", "", "media"),
        ("GET", "/m/raw_lookup?signal=00", "", "call"),
        ("GET", "/m/lookup?url=http://a.example/b.jpg", "", "media"),
        ("GET", "/static/staydown.css", "", "file"),
        ("GET", "/status", "", "watch"),
        ("GET", "/status/live", "", "watch"),
        ("GET", "/", "", "read"),
        ("GET", "/staff/queue/", "", "read"),
        ("POST", "/notice/send", "application/x-www-form-urlencoded", "send"),
    ],
)
def test_each_kind_of_request_has_its_lane(method, path, kind, lane):
    assert lane_of(request(method, path, CONTENT_TYPE=kind)) == lane


def test_every_line_can_be_full_at_once_and_a_thread_is_left():
    for cores in (1, 2, 64):
        carriers = web_server.MORE_CARRIERS + cores
        assert Lanes(web_server.THREADS, decoders=cores).threads <= carriers


def test_a_request_is_answered_and_gives_its_place_back(lanes):
    started = Started()
    made = lanes.through(request("GET", "/"), started, word, is_quick=False)
    assert (started.status, b"".join(made)) == (200, b"done")
    assert lanes.lines["read"].working == 0
    assert lanes.counts()["read"].let_in == 1


def test_a_defect_gives_the_place_back_too(lanes):
    def broken(*_: Any) -> list[bytes]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        lanes.through(request("GET", "/"), Started(), broken, is_quick=False)
    assert lanes.lines["read"].working == 0


def test_a_full_lane_does_no_work_and_says_when_to_come_back(lanes):
    full(lanes, "call")
    started = Started()
    worked: list[object] = []
    made = lanes.through(
        request("GET", "/api/v1/hits"), started, lambda *a: worked.append(a), is_quick=False
    )
    problem = json.loads(b"".join(made))
    assert (started.status, problem["status"], problem["code"]) == (503, 503, "service_busy")
    assert started.headers["content-type"] == "application/problem+json"
    assert int(started.headers["retry-after"]) >= 1
    assert worked == []


def test_a_full_lane_takes_nothing_from_the_others(lanes):
    for name in ("media", "send", "read", "poll", "call", "file"):
        full(lanes, name)
    started = Started()
    body = json.dumps({}).encode()
    lanes.through(request("POST", "/api/v1/check", body), started, word, is_quick=True)
    assert started.status == 200
    lanes.through(request("GET", "/status"), started, word, is_quick=False)
    assert started.status == 200


def test_hma_s_clients_are_refused_in_hma_s_shape(lanes):
    full(lanes, "media")
    started = Started()
    made = lanes.through(request("POST", "/h/hash", b"x"), started, word, is_quick=False)
    assert set(json.loads(b"".join(made))) == {"message"}
    assert (started.status, started.headers["staydown-code"]) == (503, "service_busy")


def test_what_was_sent_is_read_to_its_end_before_a_refusal(lanes):
    """A caller that is still sending would meet a broken connection instead of the answer."""
    full(lanes, "media")
    asked = request("POST", "/api/v1/check", b"x" * (3 << 20), CONTENT_TYPE=FORM)
    body = asked["wsgi.input"]
    lanes.through(asked, Started(), word, is_quick=False)
    assert body.read() == b""


def test_what_an_answer_left_unread_goes_by_without_a_place(lanes):
    places: list[int] = []

    class Body(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            places.append(lanes.lines["media"].working)
            return super().read(size)

    environ = request("POST", "/api/v1/check", CONTENT_TYPE=FORM)
    environ |= {"CONTENT_LENGTH": str(20 << 20), "wsgi.input": Body(bytes(20 << 20))}
    lanes.through(environ, Started(), word, is_quick=False)
    assert environ["wsgi.input"].read() == b""
    assert set(places) == {0}


def test_nothing_is_read_beyond_the_end_of_a_body(lanes):
    """There some servers wait for the next request."""
    left = [20 << 20]

    class Body:
        def read(self, size: int) -> bytes:
            assert 0 < size <= left[0]
            left[0] -= size
            return bytes(size)

    def half(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read(10 << 20)[:1]]

    environ = request("POST", "/api/v1/check", CONTENT_TYPE=FORM)
    environ |= {"CONTENT_LENGTH": str(left[0]), "wsgi.input": Body()}
    lanes.through(environ, Started(), half, is_quick=False)
    assert left == [0]


def test_a_body_that_comes_slowly_takes_no_place(lanes):
    """Whoever sends a form byte by byte keeps nobody from working."""
    line, seen = lanes.lines["send"], []

    class Slow(io.BytesIO):
        def read(self, *size: int) -> bytes:
            seen.append(line.working)
            return super().read(*size)

    asked = request("POST", "/notice/send", b"a=b")
    asked["wsgi.input"] = Slow(b"a=b")

    def sent(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    assert lanes.through(asked, Started(), sent, is_quick=False) == [b"a=b"]
    assert seen == [0]


@pytest.mark.parametrize(
    ("path", "is_quick", "kind"),
    [
        ("/api/v1/check", True, "application/problem+json"),
        ("/notice/send", False, "text/plain"),
    ],
)
def test_who_breaks_off_within_a_body_takes_no_place(lanes, path, is_quick, kind):
    """Thirty who hang up in one moment would else be thirty before whoever waits."""
    worked: list[object] = []
    started = Started()
    asked = request("POST", path, b'{"half', CONTENT_LENGTH="500000")
    made = lanes.through(asked, started, lambda *a: worked.append(a), is_quick=is_quick)
    assert (started.status, started.headers["content-type"]) == (400, kind)
    assert ("body_unreadable" in b"".join(made).decode()) is is_quick
    assert worked == []
    assert {count.let_in for count in lanes.counts().values()} == {0}


def test_a_place_is_given_up_before_a_wait(lanes):
    seen: list[int] = []

    def waits(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(lanes.lines["check"].working)
        give_up_place()
        seen.append(lanes.lines["check"].working)
        return word(environ, start_response)

    lanes.through(request("POST", "/api/v1/check"), Started(), waits, is_quick=True)
    assert seen == [1, 0]
    assert lanes.lines["check"].working == 0


def test_a_body_that_is_made_piece_by_piece_keeps_its_place_until_it_is_closed(lanes):
    from django.http import StreamingHttpResponse

    made: Any = lanes.through(
        request("GET", "/"),
        Started(),
        lambda *_: StreamingHttpResponse([b"a", b"b"]),
        is_quick=False,
    )
    assert lanes.lines["read"].working == 1
    assert b"".join(made) == b"ab"
    made.close()
    assert lanes.lines["read"].working == 0


class TestWhoAsks:
    def test_addresses_have_shares_of_their_own(self):
        one, other = request("GET", "/"), request("GET", "/", REMOTE_ADDR="192.0.2.2")
        assert who_asks(one, "read") != who_asks(other, "read")

    def test_behind_a_proxy_it_is_the_address_that_the_proxy_saw(self):
        forwarded = "198.51.100.1, 203.0.113.5"
        with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
            asked = request("GET", "/", HTTP_X_FORWARDED_FOR=forwarded)
            assert who_asks(asked, "read") == "203.0.113.5"

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("::ffff:192.0.2.7", "192.0.2.7", True),
        ],
    )
    def test_a_network_of_ipv6_is_one(self, one, other, same):
        found = [who_asks(request("GET", "/", REMOTE_ADDR=a), "read") for a in (one, other)]
        assert (found[0] == found[1]) is same

    def test_a_key_has_a_share_once_it_was_met_and_made_up_ones_have_none(self, api_key):
        key, text = api_key
        asked = request("POST", "/api/v1/check", HTTP_AUTHORIZATION=f"Bearer {text}")
        assert who_asks(asked, "check") == "192.0.2.1"
        authenticate(f"Bearer {text}", "check")
        assert who_asks(asked, "check") == key.pk
        made_up = request("POST", "/api/v1/check", HTTP_AUTHORIZATION="Bearer sd_made_up")
        assert who_asks(made_up, "check") == "192.0.2.1"


class TestPage:
    @pytest.fixture(autouse=True)
    def pages(self):
        from staydown_web.config import wsgi

        make_pages(wsgi.pages)
        yield
        refusals._pages.clear()

    def page(self, **more: str) -> tuple[Started, str]:
        started = Started()
        error = ServiceBusyError("busy", retry_after_s=7)
        made = refuse(error, request("GET", "/", **more), started)
        return started, b"".join(made).decode()

    def test_people_get_a_calm_page_with_every_header_of_a_page(self, client):
        started, text = self.page()
        assert (started.status, started.headers["retry-after"]) == (503, "7")
        assert "service_busy" in text
        shown = client.get(BUSY_PATH)
        assert started.headers["content-security-policy"] == shown["Content-Security-Policy"]
        assert started.headers["x-frame-options"] == "DENY"
        assert "set-cookie" not in started.headers

    @pytest.mark.parametrize("code", [code for code, _ in settings.LANGUAGES])
    def test_it_speaks_their_language(self, code):
        for more in (
            {"HTTP_ACCEPT_LANGUAGE": f"{code}-XX,xx;q=0.5"},
            {"HTTP_COOKIE": f"a=b; {settings.LANGUAGE_COOKIE_NAME}={code}"},
        ):
            _, text = self.page(**more)
            assert f'<html lang="{code}"' in text

    def test_nothing_of_one_visitor_is_shown_to_another(self):
        self.page(HTTP_HOST="evil.example", HTTP_COOKIE="session=secret")
        _, text = self.page()
        assert "evil.example" not in text
        assert "secret" not in text


def test_a_flood_of_one_key_leaves_the_other_its_checks(lanes):
    """Through the lanes, with the keys as they are told apart by the server."""
    served = {"flood": 0, "modest": 0}
    over = threading.Event()

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        threading.Event().wait(0.002)
        return word(environ, start_response)

    def flood() -> None:
        while not over.is_set():
            started = Started()
            asked = request("POST", "/api/v1/check", REMOTE_ADDR="192.0.2.66")
            lanes.through(asked, started, slow, is_quick=True)
            served["flood"] += started.status == 200

    lanes.lines["check"].most_waiting = 24
    crowd = [threading.Thread(target=flood, daemon=True) for _ in range(40)]
    for thread in crowd:
        thread.start()
    for _ in range(40):
        started = Started()
        lanes.through(request("POST", "/api/v1/check"), started, slow, is_quick=True)
        served["modest"] += started.status == 200
    over.set()
    for thread in crowd:
        thread.join(20)
    assert served["modest"] == 40
    assert lanes.lines["check"].counts.refused > 0
