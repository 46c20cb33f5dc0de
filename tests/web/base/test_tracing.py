"""Traces go to the operator's collector, and nothing in them leads to a person."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.base.errors import ConfigError
from staydown_web.base.tracing import (
    ATTRIBUTES,
    clean,
    is_tracing,
    past_span,
    span,
    start_tracing,
    stop_tracing,
)
from staydown_web.config.counted import counted
from trace_collector import Collector, attributes_of, collecting

pytest.importorskip("opentelemetry.sdk", reason="the extra `traces` is not installed")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        assert start_tracing(made.url, role="web")
        yield made
        stop_tracing()


def test_without_an_address_no_trace_is_made_and_nothing_is_loaded() -> None:
    assert not start_tracing("", role="web")
    assert not is_tracing()
    with span("match", found=1) as made:
        assert made is None
    past_span("job", time.time(), job="deliver")


def test_spans_lie_in_each_other_and_reach_the_collector(collector: Collector) -> None:
    with span("request", lane="check", method="POST") as outer:
        with span("match", found=2):
            pass
        outer.note(status=200)
    past_span("job", time.time() - 1.0, job="review:take_in", done=3)
    stop_tracing()
    found = {one.name: one for one in collector.spans()}
    assert set(found) == {"request", "match", "job"}
    assert found["match"].parent_span_id == found["request"].span_id
    assert attributes_of(found["request"]) == {"lane": "check", "method": "POST", "status": 200}
    assert attributes_of(found["job"]) == {"job": "review:take_in", "done": 3}
    took = found["job"].end_time_unix_nano - found["job"].start_time_unix_nano
    assert took >= 0.9e9


def test_of_an_error_only_its_code_is_said(collector: Collector) -> None:
    with pytest.raises(ValueError, match="Ana"), span("fingerprint"):
        raise ValueError("Ana Example, ana@mail.example")
    with pytest.raises(ConfigError), span("match"):
        raise ConfigError("https://site.example/ana")
    stop_tracing()
    first, second = collector.spans()
    assert attributes_of(first) == {"code": "ValueError"}
    assert attributes_of(second) == {"code": "config_error"}
    assert (list(first.events), first.status.message) == ([], "")
    assert b"Ana" not in b"".join(collector.bodies)
    assert b"site.example" not in b"".join(collector.bodies)


def test_a_sender_says_no_name_of_its_machine(collector: Collector) -> None:
    import socket

    with span("match"):
        pass
    stop_tracing()
    (about,) = collector.resources()
    assert set(about) == {"service.name", "service.version", "staydown.role"}
    assert socket.gethostname() not in about.values()


@pytest.mark.parametrize(
    "value",
    [
        "ana@mail.example",
        "https://a.example",
        "C-7Q2M-4KXR",
        "a" * 61,
        "",
        "ä",
        1 << 50,
        "ab" * 8,
    ],
)
def test_what_is_no_short_word_and_no_number_does_not_travel(value: Any) -> None:
    assert clean({"code": value}) == {}


@given(st.binary(min_size=8, max_size=30))
def test_no_digest_travels(digest: bytes) -> None:
    assert clean({"code": digest.hex(), "kind": f"a{digest.hex()}"}) == {}


def test_only_listed_attributes_travel() -> None:
    assert clean({"url": "word", "case": "word", "lane": "check"}) == {"lane": "check"}
    assert {"url", "path", "case", "user", "address"} & ATTRIBUTES == set()


def test_a_request_has_its_route_and_never_its_address(collector: Collector) -> None:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [b""]

    wrapped = counted(answer, lane_of=lambda _: "read")
    token = "Zk3n9Qx8dTq2Lw5Rb7Vf1Gh4Jm6Np0Sx"
    for path in (f"/statement/{token}/complaint/", "/case/page/", f"/{token}"):
        wrapped({"PATH_INFO": path, "REQUEST_METHOD": "GET"}, lambda *_: None)
    wrapped({"PATH_INFO": "/", "REQUEST_METHOD": "ANA"}, lambda *_: None)
    stop_tracing()
    routes = [attributes_of(one)["route"] for one in collector.spans()]
    assert routes == ["portal:complain", "portal:page", "unknown", "portal:start"]
    assert attributes_of(collector.spans()[3])["method"] == "other"
    assert token.encode() not in b"".join(collector.bodies)


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *more: Any, **rest: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *more, **rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigError, match=r"pip install 'staydown\[traces\]'"):
        start_tracing("http://127.0.0.1:4318/v1/traces", role="web")
