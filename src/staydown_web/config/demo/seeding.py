"""What a demonstration needs before it starts; made once, brought up to date at each start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown.errors import ConfigError
from staydown_web.accounts.models import Platform, ServiceSettings, Team, User
from staydown_web.accounts.services.keys import create_api_key
from staydown_web.base.clock import utc_now
from staydown_web.base.keys import write_once
from staydown_web.config.demo.sample import file_sample
from staydown_web.config.folders import trouble_in
from staydown_web.config.processes import Child

SLUG = "commonplace"
REVIEWER = "demo-reviewer"
SECOND = "demo-second-reviewer"
"""Whoever decided answers no complaint about it: that takes another person."""
CASEWORKER = "demo-caseworker"
PEOPLE = {
    REVIEWER: ("Demo reviewer", User.Role.LEAD),
    SECOND: ("Second demo reviewer", User.Role.LEAD),
    CASEWORKER: ("Demo caseworker", User.Role.CASEWORKER),
}
HELPLINE = "Example helpline"
REGIMES = ("us-tida", "eu-dsa", "uk-osa")
SCOPES = ("check", "hits", "orders")
_COPIES = """
import pathlib, sys
from staydown.cli.demo import MEDIA, write_copies
from staydown.decode import demo_edits as edits
folder = pathlib.Path(sys.argv[1])
write_copies(folder)
bridge = edits.load(MEDIA / "bridge.jpg")
for name in ("bordered", "filtered", "written-on"):
    edits.save(edits.EDITS[name](bridge), folder / f"bridge_{name}.jpg")
"""
"""For another process, because it opens media."""


def demo_folder() -> Path:
    """The demo platform's own folder."""
    return Path(settings.STAYDOWN_HOME) / "demo"


def seed_demo(*, say: Callable[[str], None]) -> None:
    """Make the platform, its key, the people, edited copies and the sample case.

    Raises:
        ConfigError: this is no demonstration, or its pictures cannot be made.
    """
    refuse_without_demo()
    folder, now = demo_folder(), utc_now()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    platform = ensure_platform(now)
    ensure_people(now)
    ensure_key(platform, folder / "key", now)
    if ensure_copies(folder / "copies"):
        say("Edited copies of the demo's pictures are made.")
    if file_sample(platform=platform, folder=folder, now=now):
        say("A sample case is filed.")


def refuse_without_demo() -> None:
    """Stop where this is not a demonstration.

    Raises:
        ConfigError: it is not.
    """
    if not settings.STAYDOWN_DEMO:
        raise ConfigError("this belongs to the demonstration alone; start it with --demo")


@transaction.atomic
def ensure_platform(now: datetime) -> Platform:
    """The demo platform's row. What an administrator changed in it stays.

    Its own address alone is brought up to date, because the demo may listen on another port today.
    """
    origin = settings.STAYDOWN_DEMO_ORIGIN
    made = {
        "name": "Commonplace",
        "public_url": origin,
        "media_origins": [origin],
        "legal_email": "legal@commonplace.example",
        "regimes": list(REGIMES),
        "created_at": now,
        "is_demo": True,
    }
    platform, _ = Platform.objects.get_or_create(slug=SLUG, defaults=made)
    move_origin(platform, origin)
    service, _ = ServiceSettings.objects.get_or_create(id=1)
    service.default_platform = service.default_platform or platform
    service.setup_done_at = service.setup_done_at or now
    service.save(update_fields=["default_platform", "setup_done_at"])
    return platform


def move_origin(platform: Platform, origin: str) -> None:
    """Put the demo's address of today where its address of the last start stands."""
    kept = demo_folder() / "origin"
    try:
        last = kept.read_text(encoding="utf-8")
    except FileNotFoundError:
        last = ""
    last = last or platform.public_url  # every start of earlier versions set it
    if last != origin:
        moved = [origin if one == last else one for one in platform.media_origins]
        platform.media_origins = list(dict.fromkeys(moved))
        if platform.public_url == last:
            platform.public_url = origin
        platform.save(update_fields=["media_origins", "public_url"])
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept.write_text(origin, encoding="utf-8")


@transaction.atomic
def ensure_people(now: datetime) -> None:
    """People whose windows open without a password, in a demonstration alone."""
    helpline, _ = Team.objects.get_or_create(name=HELPLINE, defaults={"made_at": now})
    for username, (pseudonym, role) in PEOPLE.items():
        team = helpline if role == User.Role.CASEWORKER else None
        defaults = {"pseudonym": pseudonym, "role": role, "team": team}
        user, is_new = User.objects.get_or_create(username=username, defaults=defaults)
        if is_new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        TOTPDevice.objects.get_or_create(user=user, name="demo", defaults={"confirmed": True})


def ensure_key(platform: Platform, path: Path, now: datetime) -> None:
    """The platform's API key, kept by the platform as any other platform would."""
    if path.exists() and path.stat().st_size:
        return
    path.unlink(missing_ok=True)  # of an earlier version, whose disk was full
    _, text = create_api_key(
        platform=platform,
        name="Commonplace",
        scopes=list(SCOPES),
        per_minute=0,
        actor="system",
        now=now,
    )
    write_once(path, text.encode())


def ensure_copies(folder: Path) -> bool:
    """Edited copies of the demo's pictures, made by another process: this one opens no media.

    Returns:
        Whether they had to be made.

    Raises:
        ConfigError: they cannot be made.
        OSError: because the folder takes nothing.
    """
    done = folder / ".done"
    if done.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-c", _COPIES, str(folder)], check=False, capture_output=True, timeout=300
    )
    if ran.returncode:
        if found := trouble_in(folder):
            raise found
        raise ConfigError("the demo's pictures cannot be made; `staydown demo` says why")
    done.touch()
    return True


def platform_child(host: str, port: int) -> Child:
    """The process of the demo platform."""
    where = ["--host", host, "--port", str(port), "--folder", str(demo_folder())]
    command = [sys.executable, "-m", "staydown_web.config.demo.platform", *where]
    return Child("The demo platform", [*command, "--staydown", settings.STAYDOWN_URL])
