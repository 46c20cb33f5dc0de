"""A real service with a bank: one photo confirmed, one only reported; and pictures to ask about."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from media_files import MEDIA
from served import Served, served

CONFIRMED, REPORTED, OTHER = MEDIA / "bridge.jpg", MEDIA / "coffee.jpg", MEDIA / "maple.jpg"
ALL_SCOPES = ("check", "match:detail", "hits", "library", "orders")


@dataclass(frozen=True, slots=True)
class CheckedService:
    """A service that knows ``CONFIRMED`` and ``REPORTED``.

    Attributes:
        key: may do everything a platform may.
        upload_key: may check, and sees no details.
    """

    served: Served
    key: str
    upload_key: str

    @property
    def address(self) -> str:
        return self.served.address


@contextmanager
def checked_service(folder: Path, **environment: str) -> Iterator[CheckedService]:
    """Start it, with an empty folder of its own."""
    with served(folder / "home", **environment) as service:
        home = service.home
        import_photo(
            home, folder / "confirmed.sdb", CONFIRMED, "--bank", "confirmed", "--confirmed"
        )
        import_photo(home, folder / "reported.sdb", REPORTED, "--bank", "reported")
        yield CheckedService(
            service, create_key(home, "all", *ALL_SCOPES), create_key(home, "uploads", "check")
        )


def import_photo(home: Path, bank: Path, photo: Path, *options: str) -> None:
    """Put a photo into a bank of the service, as an operator does."""
    staydown(home, "bank", "create", str(bank))
    staydown(home, "bank", "add", str(bank), str(photo))
    staydown(home, "manage", "import-bank", str(bank), *options)


def create_key(home: Path, name: str, *scopes: str, per_minute: int = 0, **environment: str) -> str:
    """A key, as an operator makes it."""
    options = [option for scope in scopes for option in ("--scope", scope)]
    if per_minute:
        options += ["--per-minute", str(per_minute)]
    return staydown(home, "manage", "create-api-key", name, *options, **environment).strip()


def staydown(home: Path, *arguments: str, **environment: str) -> str:
    """Run the command line; what it printed."""
    cleared = {k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")}
    ran = subprocess.run(
        [sys.executable, "-m", "staydown", *arguments],
        env={**cleared, "STAYDOWN_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def cropped(photo: Path = CONFIRMED) -> bytes:
    """The photo without its left and upper tenth."""
    with Image.open(photo) as whole:
        width, height = whole.size
        return _saved(whole.crop((width // 10, height // 10, width, height)), "JPEG")


def saved_again(photo: Path = CONFIRMED, format_: str = "JPEG") -> bytes:
    """The whole photo, smaller and saved anew."""
    with Image.open(photo) as whole:
        return _saved(whole.resize((whole.width * 2 // 3, whole.height * 2 // 3)), format_)


def _saved(picture: Image.Image, format_: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, format_, **({"quality": 70} if format_ == "JPEG" else {}))
    return out.getvalue()
