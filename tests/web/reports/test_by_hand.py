"""What docs/evidence.md tells an expert to type, run word for word on what the service made."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from staydown_web.accounts.models import Platform, User
from staydown_web.banks.services import close_segments
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import public_keys
from staydown_web.reports.services import make_receipt, make_record
from timestamp_authority import Authority, timestamp_authority
from web.reports.evidence_scene import digest_of, file_one, order_about, settle_first

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
PAGE = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text()
CHAPTER = PAGE[PAGE.index("## Checking by hand") : PAGE.index("## The format")]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", CHAPTER, re.DOTALL | re.MULTILINE)
SCRIPTS = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [line for language, text in BLOCKS if not language for line in text.splitlines()]


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with timestamp_authority() as running:
        yield running


@pytest.fixture(autouse=True)
def _quiet(settings: Any, authority: Authority) -> Iterator[None]:
    settings.STAYDOWN_TIMESTAMP_URL = authority.url
    yield
    close_segments()


@pytest.fixture
def folder(
    tmp_path: Path,
    platform: Platform,
    bank: Any,
    reviewer: User,
    now: datetime,
    authority: Authority,
) -> Path:
    """What an expert has: a receipt, a record, the service's key page, the authority's root."""
    case = file_one(platform, now).case
    settle_first(case, now)
    order_about(case, platform, reviewer, now)
    case.refresh_from_db()
    receipt = make_receipt(case=case, side="notifier", kind="notice_received", now=now)
    later = now + timedelta(hours=2)
    record = make_record(case=case, with_details=True, language="en", now=later)
    assert record.is_stamped
    files = {
        "notes-1.json": receipt.data,
        "notes.zip": record.data,
        "key.pem": Client().get("/key/").content,
        "authority.pem": authority.root,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    for name, text in zip(("by_hand.py", "proofs.py"), SCRIPTS, strict=True):
        (tmp_path / name).write_text(text)
    return tmp_path


def typed(folder: Path, start: str, **swapped: str) -> subprocess.CompletedProcess[str]:
    """The command of the page that begins so, as somebody types it; words are swapped."""
    (line,) = (line for line in COMMANDS if line.startswith(start))
    for old, new in {"python3": f'"{sys.executable}"', **swapped}.items():
        line = line.replace(old, new)
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, capture_output=True, text=True, check=False
    )


SIGNED = "openssl pkeyutl"


def test_the_fingerprint_of_the_key_is_the_one_that_the_service_names(folder: Path) -> None:
    done = typed(folder, "openssl pkey ")
    assert done.stdout.split()[0] == next(iter(public_keys(installation_keys().folder)))


def test_a_receipt_is_checked_by_hand_and_a_changed_one_fails(folder: Path) -> None:
    assert "names the key" in typed(folder, "python3 by_hand.py").stdout
    assert "Signature Verified Successfully" in typed(folder, SIGNED).stdout
    text = (folder / "notes-1.json").read_text()
    (folder / "notes-1.json").write_text(text.replace("us-tida", "eu-dsa"))
    typed(folder, "python3 by_hand.py")
    done = typed(folder, SIGNED)
    assert done.returncode != 0
    assert "Signature Verified Successfully" not in done.stdout


def test_a_record_is_checked_by_hand(folder: Path) -> None:
    assert typed(folder, "python3 -m zipfile").returncode == 0
    sums = {Path(name).name: digest for digest, name in pairs(typed(folder, "sha256sum").stdout)}
    listed = json.loads((folder / "notes" / "contents.json").read_text())["facts"]["files"]
    assert {row["name"]: row["sha256"] for row in listed} == {
        name: digest for name, digest in sums.items() if name != "contents.json"
    }
    for name in ("contents.json", "record.json"):
        typed(folder, "python3 by_hand.py", **{"notes-1.json": f"notes/{name}"})
        assert "Signature Verified Successfully" in typed(folder, SIGNED).stdout, name
    done = typed(folder, "python3 proofs.py")
    assert done.returncode == 0, done.stderr
    assert f"item 1 is the file {digest_of(1)}" in done.stdout
    facts = json.loads((folder / "notes" / "record.json").read_text())["facts"]
    proven = re.findall(r"event (\d+) stands", done.stdout)
    assert [int(seq) for seq in proven] == [event["seq"] for event in facts["audit"]["events"]]
    assert proven


def test_a_false_proof_in_a_record_is_found_by_hand(folder: Path) -> None:
    typed(folder, "python3 -m zipfile")
    path = folder / "notes" / "record.json"
    path.write_text(path.read_text().replace('"state": "removed"', '"state": "kept"'))
    assert typed(folder, "python3 proofs.py").returncode != 0


def test_the_timestamp_of_a_record_is_checked_by_hand(folder: Path) -> None:
    typed(folder, "python3 -m zipfile")
    typed(folder, "python3 by_hand.py", **{"notes-1.json": "notes/contents.json"})
    done = typed(folder, "openssl ts")
    assert "Verification: OK" in done.stdout + done.stderr
    (folder / "stamped.bin").write_bytes(b"something else")
    assert typed(folder, "openssl ts").returncode != 0


def pairs(text: str) -> list[list[str]]:
    return [line.split(maxsplit=1) for line in text.splitlines()]
