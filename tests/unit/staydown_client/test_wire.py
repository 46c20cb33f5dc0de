"""Services that are slow, broken, or no services at all."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from served import free_ports
from staydown_client import (
    AnswerError,
    Client,
    ClientError,
    KeyRefusedError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
    UnreachableError,
    Verdict,
    one_check,
)
from staydown_client.wire import retry_after
from web_servers import Reply, certificate, serving

CLEAR = {"verdict": "clear", "check_id": "01a21986-a3d2-7e40-938b-3c820a3157cf"}
SIGNALS = [{"type": "pdq", "value": "0f" * 32, "quality": 90}]


def http(status: int, body: str, kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n{more}\r\n{body}".encode()


def one_after_another(*replies: bytes | None) -> Reply:
    """Answers in their order, the last again and again; None breaks the connection."""
    left = list(replies)

    def reply(peer: socket.socket, _: bytes) -> None:
        said = left.pop(0) if len(left) > 1 else left[0]
        if said is not None:
            peer.sendall(said)

    return reply


def patient(origin: str, **more: float) -> Client:
    return Client(origin, "sd_key", **{"timeout_s": 5, "deadline_s": 20, "retries": 2, **more})


def problem(status: int, code: str, more: str = "") -> bytes:
    body = json.dumps({"code": code, "detail": f"about {code}"})
    return http(status, body, "application/problem+json", more)


BUSY = problem(503, "snapshot_busy", "Retry-After: 0\r\n")
FULL = problem(429, "rate_limited", "Retry-After: 0\r\n")


@pytest.mark.parametrize("first", [BUSY, FULL, None], ids=["503", "429", "broken"])
def test_a_check_is_sent_again_under_the_same_key(first: bytes | None) -> None:
    answers = one_after_another(first, first, http(200, json.dumps(CLEAR)))
    with serving(answers) as server, patient(server.origin) as client:
        assert client.check(signals=SIGNALS).verdict is Verdict.CLEAR
    keys = [re.findall(rb"(?i)idempotency-key: (\w+)", seen) for seen in server.requests]
    assert len(keys) == 3
    assert len({tuple(key) for key in keys}) == 1


def test_media_is_sent_whole_each_time() -> None:
    data = bytes(range(256)) * 400
    answers = one_after_another(BUSY, http(200, json.dumps(CLEAR)))
    with serving(answers) as server, patient(server.origin) as client:
        client.check(data, account="ann")
    assert [data in seen for seen in server.requests] == [True, True]
    assert all(b'name="account"\r\n\r\nann\r\n' in seen for seen in server.requests)


def test_names_of_files_stay_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    photo = tmp_path_factory.mktemp("private") / "our-secret-name.jpg"
    photo.write_bytes(b"data")
    with (
        serving(one_after_another(http(200, json.dumps(CLEAR)))) as server,
        patient(server.origin) as client,
    ):
        client.check(photo)
    assert b"our-secret-name" not in server.requests[0]


def test_two_checks_have_keys_of_their_own() -> None:
    with (
        serving(one_after_another(http(200, json.dumps(CLEAR)))) as server,
        patient(server.origin) as client,
    ):
        client.check(signals=SIGNALS)
        client.check(signals=SIGNALS)
    keys = {tuple(re.findall(rb"(?i)idempotency-key: (\w+)", s)) for s in server.requests}
    assert len(keys) == 2


def test_a_batch_whose_answer_was_lost_is_not_sent_again() -> None:
    with (
        serving(one_after_another(None)) as server,
        patient(server.origin) as client,
        pytest.raises(UnreachableError) as raised,
    ):
        client.check_batch([one_check(signals=SIGNALS)])
    assert raised.value.was_sent
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        (FULL, RateLimitedError, "rate_limited"),
        (BUSY, UnavailableError, "snapshot_busy"),
        (problem(500, "staydown_error"), UnavailableError, "staydown_error"),
        (http(502, "<h1>Bad gateway</h1>", "text/html"), UnavailableError, "http_502"),
        (http(503, "not now", "text/plain"), UnavailableError, "http_503"),
        (problem(401, "key_unknown"), KeyRefusedError, "key_unknown"),
        (http(418, "[]"), ServiceError, "http_418"),
        (http(200, "<h1>It works</h1>", "text/html"), AnswerError, "answer_invalid"),
        (http(200, "{"), AnswerError, "answer_invalid"),
        (http(200, "[]"), AnswerError, "answer_invalid"),
        (http(200, "{}"), AnswerError, "answer_invalid"),
        (http(200, json.dumps({**CLEAR, "verdict": "maybe"})), AnswerError, "answer_invalid"),
        (http(200, json.dumps({**CLEAR, "check_id": 7})), AnswerError, "answer_invalid"),
        (http(200, json.dumps({**CLEAR, "matches": 7})), AnswerError, "answer_invalid"),
        (http(204, ""), AnswerError, "answer_invalid"),
        (
            http(301, "", more="Location: https://elsewhere.example/\r\n"),
            AnswerError,
            "answer_invalid",
        ),
        (b"SSH-2.0-server\r\n", UnreachableError, "service_unreachable"),
        (http(200, json.dumps(CLEAR))[:-9], UnreachableError, "service_unreachable"),
        (None, UnreachableError, "service_unreachable"),
    ],
)
def test_every_other_answer_is_an_error_with_a_code(
    said: bytes | None, kind: type[ClientError], code: str
) -> None:
    with (
        serving(one_after_another(said)) as server,
        patient(server.origin, retries=0) as client,
        pytest.raises(kind) as raised,
    ):
        client.check(signals=SIGNALS)
    assert raised.value.code == code
    assert "sd_key" not in str(raised.value)
    assert "0f0f" not in str(raised.value)


def test_nobody_there_is_told_as_such() -> None:
    with (
        patient(f"http://127.0.0.1:{free_ports()}", retries=1) as client,
        pytest.raises(UnreachableError) as raised,
    ):
        client.check(signals=SIGNALS)
    assert raised.value.code == "service_unreachable"
    assert not raised.value.was_sent


def test_a_slow_service_is_given_up_at_the_deadline() -> None:
    done = threading.Event()
    with serving(lambda *_: done.wait(60) and None) as server:
        with patient(server.origin, timeout_s=0.3, deadline_s=1, retries=9) as client:
            started = time.monotonic()
            with pytest.raises(UnreachableError) as raised:
                client.check(signals=SIGNALS)
            spent = time.monotonic() - started
        done.set()
    assert raised.value.was_sent
    # It stops at 1 s; the rest is for a machine that is busy.
    assert spent < 30
    assert len(server.requests) <= 4


def test_a_certificate_that_nobody_vouches_for_is_refused_and_ones_own_is_taken(
    tmp_path: Path,
) -> None:
    public, tls = certificate(tmp_path, "127.0.0.1")
    answers = one_after_another(http(200, json.dumps(CLEAR)))
    with serving(answers, tls=tls) as server:
        address = server.origin.replace("http://", "https://")
        with patient(address, retries=0) as client, pytest.raises(UnreachableError):
            client.check(signals=SIGNALS)
        assert server.requests == []
        own = ssl.create_default_context(cafile=str(public))
        with Client(address, "sd_key", verify=own) as client:
            assert client.check(signals=SIGNALS).verdict is Verdict.CLEAR


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("99999999", 86_400),
        ("Thu, 26 Nov 2026 12:00:10 GMT", 10),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0),
        ("", None),
        ("-3", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_when_to_come_back_is_read_in_both_forms(said: str, seconds: float | None) -> None:
    noon = 1795694400.0
    assert retry_after(said, now=noon) == seconds
