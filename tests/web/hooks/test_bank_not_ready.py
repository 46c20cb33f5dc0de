"""A bank that cannot be loaded: every way to ask says so, and each hook does what was chosen."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from staydown_web.banks.services import is_ready, match_entries
from staydown_web.banks.services.publishing import _segments
from staydown_web.banks.services.segments import Segments
from staydown_web.base.errors import StorageFailedError

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("pict-rs", "webhook", "guard")


@pytest.fixture
def broken(
    banked: Any, demo_fingerprint: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """The bank in memory was damaged, and cannot be made anew; ``undo()`` lets it be made."""
    fingerprint = demo_fingerprint("bridge.jpg")
    assert match_entries(fingerprint)

    def never(*_: object) -> None:
        raise StorageFailedError

    with monkeypatch.context() as patched:
        patched.setattr(Segments, "_restore", never)
        (Path(settings.STAYDOWN_SHARED_MEMORY) / "other").write_bytes(b"no bank")
        (Path(settings.STAYDOWN_SHARED_MEMORY) / "other").replace(
            Path(settings.STAYDOWN_SHARED_MEMORY) / "bank"
        )
        _segments().touch()
        yield patched


@pytest.mark.parametrize(("on_failure", "status"), [("open", 200), ("closed", 503)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_stores_or_refuses_as_was_chosen_and_counts_it(
    broken: Any, make_hook: Any, send: Any, mirrored: bytes, kind: str, on_failure: str, status: int
) -> None:
    hook, secret = make_hook(kind, on_failure=on_failure)
    answer = send(kind, secret, mirrored)
    said = answer.json()
    assert answer.status_code == status
    assert (said["verdict"], said["reason"]) == ("unchecked", "bank_not_ready")
    hook.refresh_from_db()
    assert (hook.failed_open, hook.failed_closed) == ((1, 0) if on_failure == "open" else (0, 1))
    assert hook.last_failure == "bank_not_ready"


@pytest.fixture
def call(client: Any, platform: Any, key_for: Any) -> Callable[..., Any]:
    """``call(path, body)`` with a key that may check."""
    key = key_for(platform, "check", "match:detail", "library")[1]

    def posted(path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        if isinstance(body, bytes):
            return client.post(path, {"media": io.BytesIO(body)}, headers=headers)
        return client.post(path, json.dumps(body), "application/json", headers=headers)

    return posted


def test_a_check_says_503_and_when_to_come_back_never_clear(
    broken: Any, call: Any, mirrored: bytes, demo_fingerprint: Any
) -> None:
    whole = {"fingerprint": demo_fingerprint("bridge.jpg").to_dict()}
    for body in (mirrored, whole):
        answer = call("/api/v1/check", body)
        assert answer.status_code == 503
        assert answer["Retry-After"] == "5"
        assert answer.json()["code"] == "bank_not_ready"
    (row,) = call("/api/v1/check/batch", {"checks": [whole]}).json()["answers"]
    assert row["problem"]["code"] == "bank_not_ready"
    assert "verdict" not in row


def test_the_service_says_that_it_is_not_ready_and_is_again_by_itself(
    broken: pytest.MonkeyPatch, client: Any, call: Any, demo_fingerprint: Any
) -> None:
    whole = {"fingerprint": demo_fingerprint("bridge.jpg").to_dict()}
    assert call("/api/v1/check", whole).status_code == 503
    assert not is_ready()
    assert client.get("/status").status_code == 503

    broken.undo()
    answer = call("/api/v1/check", whole)
    while answer.status_code == 503:
        answer = call("/api/v1/check", whole)
    assert answer.json()["verdict"] == "block"
    assert client.get("/status").status_code == 200
