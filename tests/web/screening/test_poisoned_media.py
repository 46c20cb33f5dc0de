"""Poisoned uploads through the API: one plain answer each, nothing kept, the next one is served."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

import staydown
from hostile.handmade import handmade

pytestmark = pytest.mark.django_db(transaction=True)
PHOTO = Path(staydown.__file__).parent / "demo_media" / "bridge.jpg"
POISONED = (
    *("50000.png", "max.png", "bomb-30000.png", "text-bomb.png", "65500.jpg", "exif-loop.jpg"),
    *("unterminated.gif", "max.tif", "loop.tif", "max.avif", "nest-moov.mp4", "empty.jpg"),
    *("archive.jpg", "page.png", "playlist.mp4", "concat.mp4", "script.gif", "program.png"),
)
CODES = {
    *("decode_failed", "content_too_large", "format_unsupported", "no_picture"),
    *("decode_timeout", "decode_crashed"),
}


@pytest.fixture
def upload(client: Any, platform: Any, key_for: Any) -> Callable[[bytes], Any]:
    key = key_for(platform, "check")[1]

    def posted(data: bytes) -> Any:
        return client.post(
            "/api/v1/check",
            {"media": io.BytesIO(data)},
            headers={"Authorization": f"Bearer {key}"},
        )

    return posted


def test_each_gets_one_plain_answer_and_the_next_upload_is_checked(
    confirmed: Any,
    demo_fingerprint: Any,
    upload: Callable[[bytes], Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    confirmed(demo_fingerprint("bridge.jpg"))
    makers = handmade()
    for name in POISONED:
        answer = upload(makers[name]())
        if answer.status_code == 200:
            assert answer.json()["verdict"] == "clear", name
            continue
        assert answer.status_code in {413, 415, 422}, name
        assert answer.json()["code"] in CODES, name
        assert str(settings.STAYDOWN_HOME) not in answer.json()["detail"]
    assert upload(PHOTO.read_bytes()).json()["verdict"] == "block"
    left = [p for p in Path(settings.STAYDOWN_HOME).rglob("*") if p.is_file()]
    assert [p for p in left if p.suffix not in {".sealed", ""} and "media" in p.name] == []
    assert "Traceback" not in caplog.text
