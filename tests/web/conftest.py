"""Fixtures of the service's tests: real rows by simple builders, and clients that are signed in.

They write straight to the models, so that a room's tests do not depend on another room's services.
The database is SQLite in a file, or what ``DATABASE_URL`` says.
"""

# ruff: noqa: E402
from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import django
import pytest

django.setup()  # this file can be read before pytest-django has done so

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.utils import translation
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

import staydown
from browser_page import running_chromium
from emptied_tables import empty_quickly
from ready_tables import clone_tables, copy_tables
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import ApiKey, Platform, ServiceSettings, User
from staydown_web.banks.models import Bank
from staydown_web.base.sql import changeable

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MEDIA = Path(staydown.__file__).parent / "demo_media"
PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MEDIA_ORIGIN = "http://127.0.0.1:8161"


@pytest.fixture(scope="session", autouse=True)
def _settings_of_tests() -> Iterator[None]:
    """Pages name their files without a digest, and digests of passwords are quick to make.

    The real collection is tested in tests/web/config, the real digest in tests/web/accounts.
    """
    plain = {**settings.STORAGES}
    plain["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it
    quick = ["quick_hashing.QuickArgon2Hasher"]
    with override_settings(STORAGES=plain, PASSWORD_HASHERS=quick):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quickly_emptied_tables() -> Iterator[None]:
    """After a test with real commits, only tables that have rows are emptied."""
    with pytest.MonkeyPatch.context() as patch:
        empty_quickly(patch)
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of a module; they are skipped where there is none.

    Its shell: stories of whole services and fingerprints are for the browser that people have, and
    `make torture` shows it these pages too.
    """
    with running_chromium(is_whole=False) as started:
        yield started


@pytest.fixture(autouse=True)
def _language_of_nobody() -> Iterator[None]:
    """A page in another language leaves that language to its thread, and so to the next test."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None, django_db_blocker: Any) -> bool:
    """The database of tests is there already: a copy, which is as it would be after a minute."""
    with django_db_blocker.unblock():
        name = connection.creation._get_test_db_name()
        if connection.vendor == "sqlite":
            copy_tables(Path(name))
        else:
            clone_tables(os.environ["DATABASE_URL"], name)
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests with real commits empty the tables; tests/web/audit puts the refusal back."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("audit_event", "audit_checkpoint"):
            for statement in changeable(table, connection.vendor):
                cursor.execute(statement)


@pytest.fixture(autouse=True)
def _no_checkpoints_of_another_test() -> None:
    """They lie outside the database, which each test begins anew."""
    (Path(settings.STAYDOWN_HOME) / "audit" / "checkpoints.jsonl").unlink(missing_ok=True)


@pytest.fixture
def now() -> datetime:
    """A fixed moment: services take it, nothing reads the clock."""
    return NOW


@pytest.fixture
def platform(db: None) -> Platform:
    """A platform that owns one media origin on this machine."""
    made = Platform.objects.create(
        name="Forum Example",
        slug="forum-example",
        public_url="http://127.0.0.1:8161",
        legal_email="legal@forum.example",
        media_origins=[MEDIA_ORIGIN],
        regimes=["us-tida"],
        created_at=NOW,
    )
    ServiceSettings.objects.update_or_create(
        id=1, defaults={"default_platform": made, "setup_done_at": NOW}
    )
    return made


@pytest.fixture
def other_platform(db: None) -> Platform:
    """A second platform, whose keys must open nothing of the first."""
    return Platform.objects.create(
        name="Other Example", slug="other-example", media_origins=[], regimes=[], created_at=NOW
    )


@pytest.fixture
def bank(db: None) -> Bank:
    """The bank of reported entries with the usual policy."""
    return Bank.objects.get_or_create(
        slug="reported", defaults={"name": "Reported", "created_at": NOW}
    )[0]


@pytest.fixture
def lawful_bank(db: None) -> Bank:
    """A negative bank."""
    return Bank.objects.create(
        slug="lawful", name="Known to be lawful", kind=Bank.Kind.LAWFUL, created_at=NOW
    )


def make_key(platform: Platform, *scopes: str, per_minute: int = 0) -> tuple[ApiKey, str]:
    """A key and its text, as a platform's program holds it."""
    raw = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        platform=platform,
        name="test",
        digest=hashlib.sha256(raw.encode()).hexdigest(),
        scopes=list(scopes),
        per_minute=per_minute,
        created_at=NOW,
    )
    return key, raw


@pytest.fixture
def key_for() -> Callable[..., tuple[ApiKey, str]]:
    """``key_for(platform, "check", …)`` gives a key and its text."""
    return make_key


@pytest.fixture
def api_key(platform: Platform) -> tuple[ApiKey, str]:
    """A key of the platform with every scope of the check, hit and order calls."""
    return make_key(platform, "check", "match:detail", "hits", "orders")


@pytest.fixture
def headers(api_key: tuple[ApiKey, str]) -> dict[str, str]:
    """For ``client.post(..., headers=headers)``."""
    return {"Authorization": f"Bearer {api_key[1]}"}


def make_user(name: str, role: str = User.Role.REVIEWER) -> User:
    """A member of staff with a confirmed second factor."""
    user = User.objects.create_user(
        username=name,
        email=f"{name}@forum.example",
        password=PASSWORD,
        role=role,
        pseudonym=f"R-{name}",
    )
    TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    return user


def sign_in(user: User, **options: Any) -> Client:
    """A client of this user, second factor done."""
    client = Client(**options)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = TOTPDevice.objects.get(user=user).persistent_id
    session.save()
    return client


@pytest.fixture
def user_named(db: None) -> Callable[..., User]:
    """``user_named("ada", User.Role.LEAD)`` makes one more member of staff."""
    return make_user


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """``client_of(user)`` gives a client that is signed in with the second factor."""
    return sign_in


@pytest.fixture
def reviewer(db: None) -> User:
    """A reviewer."""
    return make_user("rita")


@pytest.fixture
def lead(db: None) -> User:
    """A lead reviewer."""
    return make_user("lena", User.Role.LEAD)


@pytest.fixture
def admin(db: None) -> User:
    """An administrator."""
    return make_user("adam", User.Role.ADMIN)


@pytest.fixture
def reviewer_client(reviewer: User) -> Client:
    """Signed in as a reviewer."""
    return sign_in(reviewer)


@pytest.fixture
def lead_client(lead: User) -> Client:
    """Signed in as a lead reviewer."""
    return sign_in(lead)


@pytest.fixture
def admin_client(admin: User) -> Client:
    """Signed in as an administrator."""
    return sign_in(admin)


@pytest.fixture(scope="session")
def demo_fingerprint() -> Callable[[str], Fingerprint]:
    """``demo_fingerprint("bridge.jpg")``: complete, isolated, made once a session."""
    made: dict[str, Fingerprint] = {}

    def fingerprint(name: str) -> Fingerprint:
        if name not in made:
            made[name] = staydown.fingerprint(MEDIA / name)
        return made[name]

    return fingerprint


@pytest.fixture
def drawn_fingerprint() -> Callable[[int], Fingerprint]:
    """``drawn_fingerprint(7)``: a photo known by a random but repeatable ``pdq`` alone; quick."""

    def fingerprint(seed: int) -> Fingerprint:
        bits = hashlib.sha256(f"drawn {seed}".encode()).digest()
        return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, bits.hex(), 100),))

    return fingerprint


@pytest.fixture
def uuid_of_nothing() -> UUID:
    """An id that no row has."""
    return UUID(int=0)


@pytest.fixture
def demo_urls(settings: Any, tmp_path: Path, db: None) -> Iterator[Any]:
    """The addresses of a demonstration."""
    from django.urls import clear_url_caches, include, path, set_urlconf

    from staydown_web.config import urls

    guide = path("guide/", include("staydown_web.config.demo.urls"))
    urls.urlpatterns.insert(0, guide)
    clear_url_caches()
    set_urlconf(None)
    settings.STAYDOWN_DEMO, settings.STAYDOWN_HOME = True, tmp_path
    settings.STAYDOWN_DEMO_ORIGIN = "http://127.0.0.1:8001"
    yield settings
    urls.urlpatterns.remove(guide)
    clear_url_caches()
