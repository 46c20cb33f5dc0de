"""Both clients against a real service, by the same tests."""

from __future__ import annotations

import functools
import io
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio.from_thread
import pytest

import staydown
from checked_service import (
    CONFIRMED,
    OTHER,
    REPORTED,
    CheckedService,
    create_key,
    cropped,
    saved_again,
)
from staydown_client import (
    AsyncClient,
    Check,
    Client,
    KeyRefusedError,
    MatchKind,
    MediaUnreadableError,
    NotFoundError,
    OrderPage,
    Problem,
    RateLimitedError,
    RequestRefusedError,
    SettingError,
    StatementPage,
    Verdict,
    one_check,
)

Make = Callable[..., Any]


class Waiting:
    """An ``AsyncClient`` whose calls are waited for, each in the one event loop of a portal."""

    def __init__(self, client: AsyncClient, portal: anyio.from_thread.BlockingPortal) -> None:
        self._client, self._portal = client, portal

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._client, name)
        return lambda *args, **options: self._portal.call(functools.partial(call, *args, **options))


@contextmanager
def sync_client(*args: Any, **options: Any) -> Iterator[Any]:
    with Client(*args, **options) as client:
        yield client


@contextmanager
def async_client(*args: Any, **options: Any) -> Iterator[Any]:
    with anyio.from_thread.start_blocking_portal() as portal:
        client = AsyncClient(*args, **options)
        yield Waiting(client, portal)
        portal.call(client.aclose)


@pytest.fixture(params=[sync_client, async_client], ids=["sync", "async"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


@pytest.fixture
def client(make: Make, service: CheckedService) -> Iterator[Any]:
    with make(service.address, service.key) as made:
        yield made


@pytest.mark.parametrize("how", ["path", "text", "bytes", "file"])
def test_media_in_every_form_gets_its_verdict(client: Any, how: str) -> None:
    def given(path: Path) -> Any:
        as_file = io.BytesIO(path.read_bytes())
        as_file.seek(7)  # it is read from its start all the same
        return {"path": path, "text": str(path), "bytes": path.read_bytes(), "file": as_file}[how]

    assert client.check(given(CONFIRMED)).verdict is Verdict.BLOCK
    assert client.check(given(REPORTED)).verdict is Verdict.HOLD
    assert client.check(given(OTHER)).verdict is Verdict.CLEAR


def test_details_of_a_match_are_typed(client: Any) -> None:
    found = client.check(cropped(), content_ref="post-1", account="ann")
    assert found.verdict is Verdict.HOLD
    (match,) = found.matches
    assert match.kind is MatchKind.PART
    assert match.bank == "confirmed"
    assert match.response == "hold"
    assert 0.9 < match.score <= 1
    assert match.evidence["transform"]


def test_without_the_scope_there_are_no_details(make: Make, service: CheckedService) -> None:
    with make(service.address, service.upload_key) as client:
        assert client.check(saved_again()).matches is None


def test_only_some_signals_of_media_can_be_asked_for(client: Any) -> None:
    assert client.check(saved_again(), only=("pdq",)).verdict is Verdict.BLOCK
    # The crop is another picture to pdq.
    assert client.check(cropped(), only=("pdq",)).verdict is Verdict.CLEAR


def test_fingerprints_of_the_library_as_text_and_as_json_are_alike(client: Any) -> None:
    made = staydown.fingerprint(saved_again())
    for fingerprint in (made, made.to_json(), json.loads(made.to_json())):
        assert client.check(fingerprint=fingerprint).verdict is Verdict.BLOCK
    signals = json.loads(made.to_json())["signals"]
    assert client.check(signals=signals).verdict is Verdict.BLOCK


def test_a_batch_is_answered_in_its_order_with_problems_in_their_place(client: Any) -> None:
    copy, other = staydown.fingerprint(saved_again()), staydown.fingerprint(OTHER)
    answers = client.check_batch(
        [
            one_check(fingerprint=other, content_ref="a"),
            one_check(signals=[{"type": "pdq", "value": "no hex"}]),
            one_check(fingerprint=copy, content_ref="b"),
        ]
    )
    assert isinstance(answers[0], Check)
    assert answers[0].verdict is Verdict.CLEAR
    assert isinstance(answers[1], Problem)
    assert (answers[1].code, answers[1].status) == ("fingerprint_invalid", 400)
    assert answers[2].verdict is Verdict.BLOCK


def test_what_held_is_stored_and_listed(client: Any) -> None:
    ref = f"post-{uuid.uuid4()}"
    held = client.check(REPORTED, content_ref=ref)
    stored = client.stored_check(held.check_id)
    assert (stored.content_ref, stored.state, stored.verdict) == (ref, "held", Verdict.HOLD)
    assert stored.seen_at.tzinfo is not None
    assert stored.matches
    after, seen = "", []
    while (page := client.hits(after, limit=2)).hits:
        assert len(page.hits) <= 2
        seen += [hit.check_id for hit in page.hits]
        after = page.next
    assert held.check_id in seen
    assert len(set(seen)) == len(seen)


def test_nothing_is_stored_of_a_clear_check(client: Any) -> None:
    found = client.check(OTHER)
    with pytest.raises(NotFoundError) as raised:
        client.stored_check(found.check_id)
    assert (raised.value.code, raised.value.status) == ("record_not_found", 404)


def test_what_a_scan_found_is_reported(client: Any) -> None:
    fingerprint = json.loads(staydown.fingerprint(saved_again()).to_json())
    (answer,) = client.report_hits([{"content_ref": "file-7", "fingerprint": fingerprint}])
    assert isinstance(answer, Check)
    assert answer.verdict is Verdict.BLOCK


def test_orders_and_statements_are_pages(client: Any) -> None:
    assert client.orders() == OrderPage((), 0)
    assert client.orders(after=3, wait_s=1, only_waiting=True) == OrderPage((), 3)
    assert client.statements() == StatementPage((), None)
    for call in (client.order, functools.partial(client.answer_order, is_done=True)):
        with pytest.raises(NotFoundError):
            call(uuid.uuid4())


def test_the_same_key_counts_once_and_gives_the_same_answer(client: Any) -> None:
    key, ref = uuid.uuid4().hex, f"post-{uuid.uuid4()}"
    first = client.check(REPORTED, content_ref=ref, idempotency_key=key)
    again = client.check(REPORTED, content_ref=ref, idempotency_key=key)
    assert first.check_id == again.check_id
    with pytest.raises(RequestRefusedError) as raised:
        client.check(CONFIRMED, content_ref=ref, idempotency_key=key)
    assert raised.value.code == "idempotency_key_reused"


def test_what_is_no_media_says_so(client: Any) -> None:
    for data in (b"no picture", b"", b"\xff\xd8\xff\xe0 half"):
        with pytest.raises(MediaUnreadableError) as raised:
            client.check(data)
        assert not raised.value.retryable


def test_wrong_fields_are_named(client: Any) -> None:
    with pytest.raises(RequestRefusedError) as raised:
        client.check(signals=[{"type": "pdq", "value": "0" * 64}], content_ref="x" * 201)
    assert raised.value.code == "fields_invalid"
    assert raised.value.fields == {"content_ref": "at most 200 characters"}


def test_a_key_that_is_unknown_or_may_not_is_told_apart(
    make: Make, service: CheckedService
) -> None:
    for key, call, code in (
        ("sd_wrong", lambda c: c.check(OTHER), "key_unknown"),
        (service.upload_key, lambda c: c.orders(), "not_allowed"),
    ):
        with make(service.address, key) as client, pytest.raises(KeyRefusedError) as raised:
            call(client)
        assert raised.value.code == code
        assert key not in str(raised.value)


def test_a_refused_key_is_told_although_the_upload_was_on_its_way(
    make: Make, service: CheckedService
) -> None:
    upload = bytes(20 << 20)  # more than any buffer on the way holds
    with make(service.address, "sd_wrong", retries=0) as client:
        for _ in range(5):
            with pytest.raises(KeyRefusedError) as raised:
                client.check(upload)
            assert raised.value.code == "key_unknown"


def test_too_many_calls_are_retried_and_then_told(make: Make, service: CheckedService) -> None:
    key = create_key(service.served.home, f"slow-{uuid.uuid4()}", "check", per_minute=1)

    def ask_often(client: Any) -> None:
        for _ in range(5):
            client.check(signals=[{"type": "pdq", "value": "0f" * 32, "quality": 90}])

    with (
        make(service.address, key, retries=2, deadline_s=3) as client,
        pytest.raises(RateLimitedError) as raised,
    ):
        ask_often(client)
    assert raised.value.code == "rate_limited"
    assert raised.value.retryable
    assert raised.value.retry_after_s is not None


def test_wrong_calls_never_reach_the_service(client: Any, tmp_path: Path) -> None:
    with pytest.raises(SettingError):
        client.check()
    with pytest.raises(SettingError):
        client.check(b"x", signals=[])
    with pytest.raises(SettingError):
        client.check_batch([])
    with pytest.raises(SettingError):
        client.check(fingerprint="[]")
    with pytest.raises(SettingError):
        client.check(io.BufferedRWPair(io.BytesIO(), io.BytesIO()))
    with pytest.raises(FileNotFoundError):
        client.check(tmp_path / "nothing.jpg")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("", "k"),
        ("staydown.example", "k"),
        ("ftp://staydown.example", "k"),
        ("https://user:word@staydown.example", "k"),
        ("https://staydown.example/?a=b", "k"),
        ("https://staydown.example", ""),
        ("https://staydown.example", "two words"),
        ("https://staydown.example", "line\nbreak"),
        ("https://staydown.example", "schlüssel"),
    ],
)
def test_addresses_and_keys_that_cannot_be_are_refused(make: Make, url: str, key: str) -> None:
    with pytest.raises(SettingError), make(url, key):
        pass


def test_a_client_shows_no_key(service: CheckedService) -> None:
    with Client(service.address, service.key) as client:
        assert service.key not in repr(client) + repr(vars(client))


def test_an_address_with_a_path_and_a_slash_is_taken(service: CheckedService) -> None:
    with Client(f"{service.address}/", service.key) as client:
        assert client.check(OTHER).verdict is Verdict.CLEAR


@pytest.mark.parametrize("name", ["numpy", "staydown", "django", "multipart", "PIL"])
def test_the_client_loads_nothing_of_the_library(name: str) -> None:
    code = f"import sys, staydown_client; assert {name!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
