"""What a platform can choose, in both middlewares, before services that answer as they are told."""

from __future__ import annotations

import functools
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
import pytest

from checked_service import CONFIRMED, OTHER, CheckedService, saved_again
from staydown_client import AsyncClient, Client, SettingError, asgi, wsgi
from staydown_client.uploads import Answer, Counts, FileCheck, Refusal, Rules, State
from staydown_client.uploads.forms import require_parser
from upload_bodies import FORM_TYPE, Part, form, photo
from web_servers import Reply, Served, answering, serving

PHOTO = b"\xff\xd8\xff\xe0 something"
CHECK_ID = "01a21986-a3d2-7e40-938b-3c820a3157cf"
Ask = Callable[..., httpx.Response]


def verdict(said: str) -> Reply:
    body = json.dumps({"verdict": said, "check_id": CHECK_ID}).encode()
    return answering(body, Content_Type="application/json", Connection="close")


def problem(status: str, code: str) -> Reply:
    body = json.dumps({"code": code, "detail": ""}).encode()
    kind = "application/problem+json"
    return answering(body, status=status, Content_Type=kind, Connection="close")


def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Says what it got."""
    body = environ["wsgi.input"].read()
    upload = environ.get("staydown.upload")
    said = {
        "size": len(body),
        "verdict": environ.get("HTTP_STAYDOWN_VERDICT"),
        "files": [[file.field, str(file.state), file.code] for file in upload.files]
        if upload
        else None,
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Says what it got."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    upload = scope.get("staydown")
    headers = dict(scope["headers"])
    said = {
        "size": size,
        "verdict": headers.get(b"staydown-verdict", b"").decode() or None,
        "files": [[file.field, str(file.state), file.code] for file in upload.files]
        if upload
        else None,
    }
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send({**start, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(said).encode()})


@contextmanager
def by_wsgi(address: str, rules: Rules, key: str = "sd_key", **more: Any) -> Iterator[Ask]:
    with Client(address, key, retries=0, **more) as client:
        app = wsgi.UploadCheck(wsgi_app, client=client, rules=rules)
        with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://app") as asking:
            yield functools.partial(ask, asking.post)


@contextmanager
def by_asgi(address: str, rules: Rules, key: str = "sd_key", **more: Any) -> Iterator[Ask]:
    async def post(*args: Any, **options: Any) -> httpx.Response:
        async with AsyncClient(address, key, retries=0, **more) as client:
            app = asgi.UploadCheck(asgi_app, client=client, rules=rules)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as asking:
                return await asking.post(*args, **options)

    yield functools.partial(ask, lambda *a, **o: anyio.run(functools.partial(post, *a, **o)))


def ask(
    post: Ask, body: bytes = form(photo(PHOTO)), path: str = "/", kind: str = FORM_TYPE, **more: str
) -> httpx.Response:
    return post(path, content=body, headers={"Content-Type": kind, **more})


@pytest.fixture(params=[by_wsgi, by_asgi], ids=["wsgi", "asgi"])
def guarded(request: pytest.FixtureRequest) -> Callable[..., Any]:
    made: Callable[..., Any] = request.param
    return made


def test_the_choice_must_be_made() -> None:
    with pytest.raises(TypeError, match="on_unreachable"):
        Rules()  # type: ignore[call-arg] # that is what is tested


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_unreachable": "maybe"},
        {"on_hold": "pass"},
        {"on_unreadable": ""},
        {"mode": "pixels"},
        {"files": "none"},
        {"style": "xml"},
        {"paths": "/upload"},
        {"paths": ("upload",)},
        {"methods": "POST"},
        {"max_body_bytes": 0},
        {"blocked_status": 200},
    ],
    ids=str,
)
def test_choices_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=next(iter(wrong))):
        Rules(**{"on_unreachable": "closed", **wrong})


@pytest.mark.parametrize(
    ("said", "rules", "status", "files"),
    [
        ("clear", {}, 200, [["photo", "clear", ""]]),
        ("hold", {}, 200, [["photo", "hold", ""]]),
        ("hold", {"on_hold": "refuse"}, 403, None),
        ("block", {}, 451, None),
        ("block", {"blocked_status": 422}, 422, None),
        ("block", {"on_unreachable": "open"}, 451, None),
    ],
)
def test_verdicts(
    guarded: Any, said: str, rules: dict[str, Any], status: int, files: list[list[str]] | None
) -> None:
    with serving(verdict(said)) as service:
        made = Rules(**{"on_unreachable": "closed", **rules})
        with guarded(service.origin, made) as post:
            answer = post()
    assert answer.status_code == status
    assert answer.json().get("files") == files
    if files:
        assert answer.json()["verdict"] == said


@pytest.mark.parametrize(
    ("choice", "status", "found"),
    [
        ({}, 200, "hold"),
        ({"on_unreadable": "pass"}, 200, "clear"),
        ({"on_unreadable": "refuse"}, 422, None),
        ({"on_hold": "refuse"}, 422, None),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "service", [problem("415 No", "format_unsupported"), problem("413 No", "content_too_large")]
)
def test_what_cannot_be_opened(
    guarded: Any, service: Reply, choice: dict[str, Any], status: int, found: str | None
) -> None:
    with (
        serving(service) as server,
        guarded(server.origin, Rules(on_unreachable="closed", **choice)) as post,
    ):
        answer = post()
    assert answer.status_code == status
    assert answer.json().get("verdict") == found


BROKEN = {
    "busy": problem("503 No", "snapshot_busy"),
    "too many": problem("429 No", "rate_limited"),
    "defect": problem("500 No", "staydown_error"),
    "revoked": problem("401 No", "key_unknown"),
    "proxy": answering(b"<h1>Hello</h1>", Content_Type="text/html", Connection="close"),
    "cut": lambda *_: None,
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("choice", ["open", "closed"])
def test_no_answer_is_never_silent(
    guarded: Any, how: str, choice: Any, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[FileCheck] = []
    counts = Counts()
    rules = Rules(
        on_unreachable=choice,
        on_open_pass=told.append,
        counts=counts,
        unchecked_header="X-Unchecked",
    )
    with (
        serving(BROKEN[how]) as server,
        guarded(server.origin, rules) as post,
        caplog.at_level(logging.WARNING, "staydown_client.uploads"),
    ):
        answer = post()
    (record,) = [r for r in caplog.records if r.name == "staydown_client.uploads"]
    numbers = counts.snapshot()
    assert numbers["file_unchecked"] == 1
    if choice == "open":
        assert answer.status_code == 200
        assert answer.headers["X-Unchecked"] == "1"
        assert [(file.field, file.state) for file in told] == [("photo", State.UNCHECKED)]
        assert told[0].code in record.getMessage()
        assert numbers["passed_unchecked"] == 1
    else:
        assert answer.status_code == 503
        assert told == []
        assert numbers["refused_unchecked"] == 1
        assert "passed_unchecked" not in numbers


def test_a_service_that_is_too_slow_is_no_answer(guarded: Any) -> None:
    done = threading.Event()
    rules = Rules(on_unreachable="closed")
    with serving(lambda *_: done.wait(60) and None) as server:
        with guarded(server.origin, rules, timeout_s=0.3, deadline_s=0.5) as post:
            assert post().status_code == 503
        done.set()


def test_an_answer_of_ones_own(guarded: Any) -> None:
    def answer(refusal: Refusal) -> Answer:
        return Answer(418, f"{refusal}".encode(), headers={"X-Own": "yes"})

    with (
        serving(verdict("block")) as server,
        guarded(server.origin, Rules(on_unreachable="closed", answer=answer)) as post,
    ):
        said = post()
    assert (said.status_code, said.text, said.headers["X-Own"]) == (418, "blocked", "yes")


def test_an_answer_as_a_page(guarded: Any) -> None:
    with (
        serving(verdict("block")) as server,
        guarded(server.origin, Rules(on_unreachable="closed", style="html")) as post,
    ):
        said = post()
    assert said.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "This file cannot be uploaded here." in said.text


def asked(server: Served) -> int:
    return len(server.requests)


def test_only_the_chosen_requests_are_looked_at(guarded: Any) -> None:
    rules = Rules(on_unreachable="closed", paths=("/photos", "/me/"))
    with serving(verdict("block")) as server, guarded(server.origin, rules) as post:
        assert post(path="/other").status_code == 200
        assert asked(server) == 0
        assert post(path="/photos/new").status_code == 451


def test_every_file_can_be_asked_about(guarded: Any) -> None:
    body = form(Part("doc", b"%PDF-1.4", "a.pdf", "application/pdf"), Part("text", b"words"))
    with serving(verdict("clear")) as server:
        with guarded(server.origin, Rules(on_unreachable="closed")) as post:
            assert post(body).json()["files"] == []
        with guarded(server.origin, Rules(on_unreachable="closed", files="all")) as post:
            assert post(body).json()["files"] == [["doc", "clear", ""]]


def test_who_uploads_is_told_where_that_was_chosen(guarded: Any) -> None:
    def account_of(request: Any) -> str:
        return "ann" if {"method", "REQUEST_METHOD"} & {*request} else ""

    rules = Rules(on_unreachable="closed", account_of=account_of)
    with serving(verdict("clear")) as server, guarded(server.origin, rules) as post:
        post()
    assert b'name="account"\r\n\r\nann' in server.requests[0]


def test_a_body_that_is_packed_is_refused(guarded: Any) -> None:
    with (
        serving(verdict("clear")) as server,
        guarded(server.origin, Rules(on_unreachable="closed")) as post,
    ):
        assert post(**{"Content-Encoding": "gzip"}).status_code == 400
        assert post(kind="multipart/related; boundary=x").status_code == 400


def test_an_empty_form_and_an_empty_body_pass(guarded: Any) -> None:
    with (
        serving(verdict("block")) as server,
        guarded(server.origin, Rules(on_unreachable="closed")) as post,
    ):
        assert post(form()).status_code == 200
        assert post(b"").status_code == 200
        assert post(b"", kind="image/jpeg").status_code == 200
    assert asked(server) == 0


@pytest.mark.parametrize("size", [600_000, 3_000_000])
def test_a_body_that_does_not_fit_into_memory_is_the_same(guarded: Any, size: int) -> None:
    rules = Rules(on_unreachable="closed", memory_bytes=100_000)
    with serving(verdict("clear")) as server, guarded(server.origin, rules) as post:
        body = form(photo(PHOTO + bytes(size)))
        assert post(body).json()["size"] == len(body)
        assert post(PHOTO + bytes(size), kind="image/jpeg").json()["size"] == size + len(PHOTO)
    assert PHOTO + bytes(size) in server.requests[0]


def test_hashes_alone_go_to_the_service(guarded: Any, service: CheckedService) -> None:
    rules = Rules(on_unreachable="closed", mode="hashes")
    with guarded(service.address, rules, key=service.upload_key) as post:
        assert post(form(photo(saved_again()))).status_code == 451
        assert post(form(photo(OTHER.read_bytes()))).json()["verdict"] == "clear"
        assert post(form(photo(PHOTO))).json()["files"] == [
            ["photo", "unreadable", "decode_failed"]
        ]
    with serving(verdict("clear")) as server, guarded(server.origin, rules) as post:
        post(form(photo(CONFIRMED.read_bytes())))
    (seen,) = server.requests
    assert b"application/json" in seen
    assert CONFIRMED.read_bytes()[1000:1100] not in seen
    assert b'"fingerprint"' in seen


def test_forms_need_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    from staydown_client.uploads import forms

    monkeypatch.setattr(forms, "PushMultipartParser", None)
    with pytest.raises(SettingError, match="multipart"):
        require_parser()
    with Client("http://127.0.0.1:1", "k") as client, pytest.raises(SettingError):
        wsgi.UploadCheck(wsgi_app, client=client, rules=Rules(on_unreachable="open"))


def test_a_server_that_cannot_say_where_a_body_ends_is_told_so() -> None:
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": FORM_TYPE,
        "wsgi.input": None,
    }
    with Client("http://127.0.0.1:1", "k") as client:
        app = wsgi.UploadCheck(wsgi_app, client=client, rules=Rules(on_unreachable="closed"))
        list(app(environ, lambda status, _: said.append(status)))
    assert said == ["411 Length Required"]


def test_whoever_leaves_in_the_middle_leaves_nothing_behind() -> None:
    reached: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append("app")

    async def main() -> None:
        messages = [
            {"type": "http.request", "body": form(photo(PHOTO))[:80], "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            reached.append(message["type"])

        headers = [(b"content-type", FORM_TYPE.encode())]
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
        async with AsyncClient("http://127.0.0.1:1", "k") as client:
            rules = Rules(on_unreachable="closed")
            await asgi.UploadCheck(app, client=client, rules=rules)(scope, receive, send)

    anyio.run(main)
    assert reached == []


def test_other_kinds_of_connection_pass_as_they_are() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def main() -> None:
        async with AsyncClient("http://127.0.0.1:1", "k") as client:
            made = asgi.UploadCheck(app, client=client, rules=Rules(on_unreachable="closed"))
            for kind in ("lifespan", "websocket"):
                await made({"type": kind}, None, None)  # type: ignore[arg-type] # passed on

    anyio.run(main)
    assert [scope["type"] for scope in seen] == ["lifespan", "websocket"]
