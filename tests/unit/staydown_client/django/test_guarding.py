"""The handler, the storage and the checks of one's own code, in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from staydown_client import SettingError
from staydown_client.django.checks import HANDLER
from staydown_client.django.choices import choices
from staydown_client.django.guarding import (
    UploadRefusedError,
    acheck_file,
    check_file,
    upload_of,
)
from staydown_client.django.storage import CheckedStorage
from staydown_client.uploads import Refusal, State
from web_servers import Served, answering, serving

PHOTO = b"\xff\xd8\xff\xe0 something"
CHECK_ID = "01a21986-a3d2-7e40-938b-3c820a3157cf"


class Answers:
    """A service whose verdict a test chooses."""

    def __init__(self, served: Served, said: dict[str, str]) -> None:
        self.served, self.said = served, said


@pytest.fixture
def service(settings: Settings) -> Iterator[Answers]:
    said = {"verdict": "clear", "check_id": CHECK_ID}

    def reply(peer: Any, request: bytes) -> None:
        body = json.dumps(said).encode()
        answering(body, Content_Type="application/json", Connection="close")(peer, request)

    with serving(reply) as served:
        settings.STAYDOWN = {"URL": served.origin, "KEY": "sd_key", "ON_UNREACHABLE": "closed"}
        settings.FILE_UPLOAD_HANDLERS = [HANDLER, *settings.FILE_UPLOAD_HANDLERS]
        yield Answers(served, said)
        choices().client.close()


def posted(**files: bytes) -> HttpRequest:
    data = {name: SimpleUploadedFile(f"{name}.jpg", data) for name, data in files.items()}
    return RequestFactory().post("/", data)


def test_a_request_says_what_came_of_its_files(service: Answers) -> None:
    request = posted(one=PHOTO, two=b"words", three=PHOTO + b"3")
    assert upload_of(request).files == ()
    assert request.FILES["three"].read() == PHOTO + b"3"
    upload = upload_of(request)
    assert [(file.field, file.state) for file in upload.files] == [
        ("one", State.CLEAR),
        ("three", State.CLEAR),
    ]
    assert upload.check_ids == (CHECK_ID, CHECK_ID)


def test_a_blocked_file_ends_the_request(service: Answers) -> None:
    service.said["verdict"] = "block"
    request = posted(one=PHOTO)
    with pytest.raises(PermissionDenied) as raised:
        _ = request.FILES
    assert isinstance(raised.value, UploadRefusedError)
    assert raised.value.refusal is Refusal.BLOCKED


def test_a_large_file_that_is_blocked_leaves_no_temporary_file(
    service: Answers, settings: Settings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    service.said["verdict"] = "block"
    with pytest.raises(UploadRefusedError):
        _ = posted(one=PHOTO + bytes(300_000)).FILES
    assert list(tmp_path.iterdir()) == []


def test_a_storage_saves_what_is_clear_and_nothing_else(service: Answers, tmp_path: Path) -> None:
    storage = CheckedStorage(FileSystemStorage(tmp_path))
    name = storage.save("a.jpg", ContentFile(PHOTO))
    with storage.open(name) as kept:
        assert kept.read() == PHOTO
    assert (storage.exists(name), storage.size(name)) == (True, len(PHOTO))
    assert storage.path(name) == str(tmp_path / "a.jpg")
    assert storage.listdir("") == ([], ["a.jpg"])
    assert storage.location == str(tmp_path)
    service.said["verdict"] = "block"
    with pytest.raises(UploadRefusedError):
        storage.save("b.jpg", ContentFile(PHOTO))
    assert asyncio.run(storage.asave("c.txt", ContentFile("words"))) == "c.txt"
    with pytest.raises(UploadRefusedError):
        asyncio.run(storage.asave("d.jpg", ContentFile(PHOTO)))
    storage.delete(name)
    assert [path.name for path in tmp_path.iterdir()] == ["c.txt"]


def test_a_storage_is_made_as_the_settings_say(tmp_path: Path) -> None:
    how = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path, "base_url": "/photos/"},
    }
    storage = CheckedStorage(how)
    assert storage.url("a.jpg") == "/photos/a.jpg"
    path, _, options = storage.deconstruct()
    assert path == "staydown_client.django.storage.CheckedStorage"
    assert options == {}


def test_code_of_ones_own_can_ask(service: Answers) -> None:
    file = ContentFile(PHOTO, "a.jpg")
    checked = check_file(file)
    assert checked is not None
    assert (checked.state, checked.field) == (State.CLEAR, "a.jpg")
    assert file.read() == PHOTO
    assert check_file(ContentFile(b"words")) is None
    assert check_file(ContentFile(b"")) is None
    service.said["verdict"] = "hold"
    held = asyncio.run(acheck_file(ContentFile(PHOTO)))
    assert held is not None
    assert held.state is State.HOLD


def test_the_account_comes_from_the_request(service: Answers, settings: Settings) -> None:
    settings.STAYDOWN = {**settings.STAYDOWN, "ACCOUNT_OF": lambda request: request.META["WHO"]}
    request = posted(one=PHOTO)
    request.META["WHO"] = "ann"
    _ = request.FILES
    assert b'name="account"\r\n\r\nann' in service.served.requests[0]


def test_without_the_setting_nothing_is_taken(settings: Settings) -> None:
    settings.FILE_UPLOAD_HANDLERS = [HANDLER, *settings.FILE_UPLOAD_HANDLERS]
    if hasattr(settings, "STAYDOWN"):
        del settings.STAYDOWN
    choices.cache_clear()
    with pytest.raises(SettingError, match="STAYDOWN"):
        _ = posted(one=PHOTO).FILES
