"""Calls to a partner's interface: any method, the whole answer, within the fetcher's rules."""

from __future__ import annotations

import pytest

from staydown.errors import ContentTooLargeError
from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.base.fetching import Called, Fetcher
from web_servers import Served, answering, serving


def call(served: Served, **more) -> Called:
    options = {"headers": {"Accept": "application/json"}, "max_bytes": 1_000, **more}
    options.setdefault("allowed_origins", [served.origin])
    return Fetcher().call(url=served.origin + "/v1/Things?a=b", **options)


def test_status_headers_and_body_come_back() -> None:
    with serving(
        answering(b"{}", Content_Type="application/JSON; charset=x", ETag='"1"')
    ) as served:
        got = call(served)
    assert (got.status, got.content_type, got.body) == (200, "application/json", b"{}")
    assert got.headers["etag"] == '"1"'
    assert served.requests[0].startswith(b"GET /v1/Things?a=b HTTP/1.1\r\n")


def test_any_method_goes_out_with_its_body_and_headers() -> None:
    with serving(answering(status="202 Accepted")) as served:
        got = call(served, method="PUT", body=b"<x/>", headers={"Content-Type": "text/xml"})
    assert got.status == 202
    assert served.requests[0].startswith(b"PUT /v1/Things")
    assert served.requests[0].endswith(b"\r\n\r\n<x/>")
    assert b"Content-Type: text/xml\r\n" in served.requests[0]


def test_a_refusal_comes_with_what_it_says_and_no_more_than_that() -> None:
    with serving(answering(b"x" * 200_000, status="429 Too Many", Retry_After="7")) as served:
        got = call(served)
    assert (got.status, len(got.body), got.headers["retry-after"]) == (429, 64 * 1024, "7")


def test_a_redirect_is_not_followed_because_the_headers_hold_credentials() -> None:
    with serving(answering(status="302 Found", Location="http://127.0.0.1:1/")) as served:
        assert call(served).status == 302


def test_a_larger_body_is_not_read_to_its_end() -> None:
    with (
        serving(answering(b"x" * 1_001)) as served,
        pytest.raises(ContentTooLargeError, match="1000 bytes"),
    ):
        call(served)


def test_a_body_that_breaks_off_is_no_answer() -> None:
    def half(peer, request) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    with serving(half) as served, pytest.raises(FetchError) as error:
        call(served)
    assert error.value.retryable


def test_an_inner_address_that_nobody_listed_is_not_called() -> None:
    with serving(answering(b"{}")) as served, pytest.raises(FetchRefusedError):
        call(served, allowed_origins=[])
    assert served.connections == 0
