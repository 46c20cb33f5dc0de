"""The first minutes of an administrator: four pages, each of which can be left and come back to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import staydown
from staydown_web.accounts.models import ApiKey, Platform, ServiceSettings, User
from staydown_web.accounts.services.people import accept_invitation
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank
from staydown_web.banks.services import close_segments
from staydown_web.config.first_admin import first_admin_link

MEDIA = Path(staydown.__file__).parent / "demo_media"
SITE = {
    "name": "Forum Example",
    "legal_email": "legal@forum.example",
    "media_origins": "https://forum.example/\nmedia.forum.example:8443/path",
    "laws": ["us-tida", "eu-dsa"],
    "policy": "hold",
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _segments_of_this_test_alone() -> Iterator[None]:
    yield
    close_segments()


def test_an_administrator_comes_to_the_setup_first_and_to_the_queue_afterwards(
    admin_client: Client, reviewer_client: Client, now: datetime
) -> None:
    assert admin_client.get("/staff/").headers["Location"] == "/staff/setup/"
    assert reviewer_client.get("/staff/").headers["Location"] == "/staff/queue/"
    ServiceSettings.objects.create(id=1, setup_done_at=now)
    assert admin_client.get("/staff/").headers["Location"] == "/staff/queue/"


def test_the_first_page_says_where_the_keys_are_and_what_this_machine_can_do(
    admin_client: Client, settings: Any
) -> None:
    page = admin_client.get("/staff/setup/").content.decode()
    assert str(settings.STAYDOWN_KEYS) in page
    assert "People see answers on their page alone" in page


def test_the_site_is_stored_with_its_origins_laws_and_policy(admin_client: Client) -> None:
    answer = admin_client.post("/staff/setup/site/", SITE)
    assert answer.headers["Location"] == "/staff/setup/connect/"
    platform = Platform.objects.get()
    assert platform.media_origins == ["https://forum.example", "https://media.forum.example:8443"]
    assert (platform.regimes, platform.legal_email) == (["us-tida", "eu-dsa"], SITE["legal_email"])
    bank = Bank.objects.get()
    assert (bank.on_identical, bank.on_same) == ("hold", "hold")
    assert ServiceSettings.objects.get().default_platform == platform
    again = {**SITE, "name": "Another name"}
    admin_client.post("/staff/setup/site/", again)
    assert Platform.objects.get().name == "Another name"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("legal_email", "legal@forum", "legal@forum.example"),
        ("media_origins", "ftp://forum.example", "https://forum.example"),
        ("media_origins", "", "https://forum.example"),
        ("media_origins", "http://169.254.169.254/", "Nothing is ever fetched from"),
        ("media_origins", "http://127.1/", "https://forum.example"),
        ("name", "", "required"),
    ],
)
def test_a_wrong_answer_says_what_is_right_and_stores_nothing(
    admin_client: Client, field: str, value: str, said: str
) -> None:
    answer = admin_client.post("/staff/setup/site/", {**SITE, field: value})
    assert answer.status_code == 400
    assert said in answer.context["form"].errors[field][0]
    assert not Platform.objects.exists()


def test_the_size_is_asked_and_the_page_then_says_what_it_spares(admin_client: Client) -> None:
    first = admin_client.get("/staff/setup/site/").text
    assert "Micro: fewer than 10 people" in first
    assert "What the platform has to do" not in first, "nothing is known yet"
    admin_client.post("/staff/setup/site/", {**SITE, "size": "micro"})
    assert Platform.objects.get().size == "micro"
    assert Event.objects.filter(what="settings_changed").last().facts["size"] == "micro"
    again = admin_client.get("/staff/setup/site/").text
    assert '<option value="micro" selected>' in again
    assert "<strong>exempt</strong>" in again
    assert admin_client.post("/staff/setup/site/", {**SITE, "size": "giant"}).status_code == 400


def test_the_policy_of_a_bank_in_use_is_not_changed_by_one_person(
    admin_client: Client, bank: Bank, now: datetime
) -> None:
    bank.entries.create(
        content_kind="photo",
        origin="notice",
        box=b"x",
        blind="0" * 32,
        created_at=now,
        claimed_at=now,
    )
    admin_client.post("/staff/setup/site/", SITE)
    bank.refresh_from_db()
    assert bank.on_same == "block"
    assert b"by two people" in admin_client.get("/staff/setup/site/").content


def test_the_key_is_shown_once_and_works(admin_client: Client, platform: Platform) -> None:
    page = admin_client.post("/staff/setup/connect/").content.decode()
    [key] = ApiKey.objects.all()
    assert set(key.scopes) == {"check", "hits", "orders"}
    raw = page.split('aria-label="The key"><code>')[1].split("</code>")[0]
    orders = Client().get("/api/v1/orders", headers={"Authorization": f"Bearer {raw}"})
    assert orders.status_code == 200
    assert raw not in admin_client.get("/staff/setup/connect/").content.decode()


def test_without_a_site_there_is_nothing_to_connect(admin_client: Client) -> None:
    answer = admin_client.get("/staff/setup/connect/")
    assert answer.headers["Location"] == "/staff/setup/site/"


def test_a_picture_is_tried_and_forgotten(admin_client: Client, platform: Platform) -> None:
    before = Event.objects.count()
    file = SimpleUploadedFile("a.jpg", (MEDIA / "cat.jpg").read_bytes())
    page = admin_client.post("/staff/setup/try/", {"upload": file})
    assert b"Clear: nothing in the bank is like it." in page.content
    assert b"windows/1" in page.content
    assert Event.objects.count() == before


def test_a_file_that_cannot_be_read_is_told_by_its_code(admin_client: Client) -> None:
    page = admin_client.post("/staff/setup/try/", {"upload": SimpleUploadedFile("a.jpg", b"no")})
    assert page.status_code == 400
    assert b"format_unsupported" in page.content or b"decode_failed" in page.content


def test_finishing_is_noted_once(admin_client: Client) -> None:
    for _ in range(2):
        answer = admin_client.post("/staff/setup/try/", {"done": "1"})
        assert answer.headers["Location"] == "/staff/queue/"
    assert ServiceSettings.objects.get().setup_done_at is not None
    assert Event.objects.filter(what="setup_done").count() == 1


def test_the_first_link_works_once_and_a_newer_one_ends_it(now: datetime) -> None:
    from staydown.errors import StaydownError
    from staydown_web.base.clock import utc_now

    first, second = first_admin_link(), first_admin_link()
    tokens = [str(link).rstrip("/").rpartition("/")[2] for link in (first, second)]
    assert tokens[0] != tokens[1]
    details = {"name": "adam", "password": "correct horse battery", "pseudonym": ""}
    with pytest.raises(StaydownError):
        accept_invitation(token=tokens[0], now=utc_now(), **details)
    accept_invitation(token=tokens[1], now=utc_now(), **details)
    assert User.objects.get().role == User.Role.ADMIN
    assert first_admin_link() is None
