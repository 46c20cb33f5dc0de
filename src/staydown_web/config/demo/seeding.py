"""What a demonstration needs before it starts; made once, brought up to date at each start."""

from __future__ import annotations

import os
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
from staydown_web.config.demo.sample import file_sample
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
    """The demo platform's row, with its media origin as it is today."""
    platform, _ = Platform.objects.get_or_create(
        slug=SLUG, defaults={"name": "Commonplace", "created_at": now, "is_demo": True}
    )
    platform.public_url = settings.STAYDOWN_DEMO_ORIGIN
    platform.media_origins = [settings.STAYDOWN_DEMO_ORIGIN]
    platform.legal_email, platform.regimes = "legal@commonplace.example", list(REGIMES)
    platform.save()
    ServiceSettings.objects.update_or_create(
        id=1, defaults={"default_platform": platform, "setup_done_at": now}
    )
    return platform


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
    if path.exists():
        return
    _, text = create_api_key(
        platform=platform,
        name="Commonplace",
        scopes=list(SCOPES),
        per_minute=0,
        actor="system",
        now=now,
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def ensure_copies(folder: Path) -> bool:
    """Edited copies of the demo's pictures, made by another process: this one opens no media.

    Returns:
        Whether they had to be made.

    Raises:
        ConfigError: they cannot be made.
    """
    done = folder / ".done"
    if done.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-c", _COPIES, str(folder)], check=False, capture_output=True, timeout=300
    )
    if ran.returncode:
        raise ConfigError("the demo's pictures cannot be made; `staydown demo` says why")
    done.touch()
    return True


def platform_child(host: str, port: int) -> Child:
    """The process of the demo platform."""
    where = ["--host", host, "--port", str(port), "--folder", str(demo_folder())]
    command = [sys.executable, "-m", "staydown_web.config.demo.platform", *where]
    return Child("The demo platform", [*command, "--staydown", settings.STAYDOWN_URL])
