"""Timestamps by a real authority on this machine, and all the ways in which one fails us."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_runs import Run
from staydown.cli.statuses import ExitStatus
from staydown_web.accounts.models import Platform
from staydown_web.audit.models import Event
from staydown_web.banks.services import close_segments
from staydown_web.base.retrying import TIMESTAMP
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import public_keys, public_pem
from staydown_web.cases.models import Case
from staydown_web.reports.models import Document
from staydown_web.reports.services import make_receipt, make_record, make_tree, stamp_due
from staydown_web.reports.services.stamping import ask_authority
from staydown_web.reports.services.tokens import in_order
from timestamp_authority import Authority, timestamp_authority
from web.reports.evidence_scene import file_one

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[Authority]:
    with timestamp_authority() as authority:
        yield authority


@pytest.fixture
def authority(running: Authority, settings: Any) -> Iterator[Authority]:
    settings.STAYDOWN_TIMESTAMP_URL = running.url
    running.served.requests.clear()
    yield running
    running.answer, running.status = (lambda token: token), "200 OK"
    close_segments()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def case(authority: Authority, platform: Platform, bank: Any, now: datetime) -> Case:
    made = file_one(platform, now).case
    make_receipt(case=made, side="notifier", kind="notice_received", now=now)
    return made


def written(tmp_path: Path, data: bytes, authority: Authority) -> tuple[Path, Path, Path]:
    """The file, the keys and the authority's certificate, as somebody else would hold them."""
    paths = tmp_path / "notes", tmp_path / "key.pem", tmp_path / "tsa.pem"
    keys = public_keys(installation_keys().folder).values()
    paths[0].write_bytes(data)
    paths[1].write_text("".join(public_pem(raw) for raw in keys))
    paths[2].write_bytes(authority.root)
    return paths


def receipt(case: Case, now: datetime) -> bytes:
    return make_receipt(case=case, side="notifier", kind="notice_received", now=now).data


def test_a_receipt_is_stamped_and_its_stamp_is_proven_offline(
    case: Case, authority: Authority, now: datetime, run: Run, tmp_path: Path
) -> None:
    assert stamp_due(now) == 1
    file, key, root = written(tmp_path, receipt(case, now), authority)
    (row,) = run.json("verify", file, "--key", key, "--authority", root)
    assert (row["state"], row["stamp_holds"]) == ("signed", True)
    stamped = datetime.fromisoformat(row["stamped_at"])
    assert abs(stamped - datetime.now(UTC)) < timedelta(minutes=5)
    (row,) = run.json("verify", file, "--key", key)
    assert row["stamp_holds"] is None
    assert Event.objects.filter(what="document_stamped", case_id=case.pk).count() == 1
    assert stamp_due(now) == 0


def test_only_a_digest_leaves(case: Case, authority: Authority, now: datetime) -> None:
    stamp_due(now)
    asked = b"".join(authority.served.requests)
    for word in (case.number, "Ada", "notice", "us-tida"):
        assert word.encode() not in asked.partition(b"\r\n\r\n")[2]
    document = Document.objects.get(case=case)
    assert bytes.fromhex(document.digest) in asked


def test_a_stamp_of_another_document_is_found(
    case: Case,
    platform: Platform,
    authority: Authority,
    now: datetime,
    run: Run,
    tmp_path: Path,
) -> None:
    other = file_one(platform, now).case
    make_receipt(case=other, side="notifier", kind="notice_received", now=now)
    stamp_due(now)
    mine, theirs = (json.loads(receipt(one, now)) for one in (case, other))
    mixed = json.dumps(
        {**mine, "timestamp": theirs["timestamp"]}, sort_keys=True, indent=1, ensure_ascii=False
    )
    file, key, root = written(tmp_path, mixed.encode() + b"\n", authority)
    run("verify", file, "--key", key, "--authority", root, status=ExitStatus.CONFIG)


def test_any_changed_byte_of_a_stamped_receipt_is_found(
    case: Case, authority: Authority, now: datetime
) -> None:
    from staydown.cli.verify.documents import judge

    stamp_due(now)
    data = receipt(case, now)
    keys = set(public_keys(installation_keys().folder))
    assert judge(data, trusted=keys).is_signed
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] ^= 1
        assert not judge(bytes(changed), trusted=keys).is_signed, place


def test_a_stamp_does_not_hold_against_another_authority(
    case: Case, authority: Authority, now: datetime, run: Run, tmp_path: Path
) -> None:
    stamp_due(now)
    file, key, root = written(tmp_path, receipt(case, now), authority)
    with timestamp_authority() as other:
        root.write_bytes(other.root)
    run("verify", file, "--key", key, "--authority", root, status=ExitStatus.CONFIG)


@pytest.mark.parametrize("kind", ["garbage", "empty", "status", "replayed"])
def test_an_authority_that_answers_badly_is_asked_again_later(
    case: Case, authority: Authority, now: datetime, kind: str
) -> None:
    stale: list[bytes] = []

    def replayed(token: bytes) -> bytes:
        stale.append(token)
        return stale[0]

    authority.answer = {
        "garbage": lambda token: token[:-40] + bytes(40)[:20],
        "empty": lambda token: b"",
        "status": lambda token: token,
        "replayed": replayed,
    }[kind]
    authority.status = "503 Busy" if kind == "status" else "200 OK"
    if kind == "replayed":
        stale.append(b"\x30\x03\x02\x01\x02")
    stamp_due(now)
    document = Document.objects.get(case=case)
    assert document.stamping == "due"
    assert document.next_try_at == now + timedelta(seconds=TIMESTAMP.waits_s[0])
    assert document.token is None
    authority.answer, authority.status = (lambda token: token), "200 OK"
    assert stamp_due(now) == 0
    assert stamp_due(now + timedelta(minutes=2)) == 1
    document.refresh_from_db()
    assert document.stamping == "done"


def test_after_the_last_try_it_is_given_up_and_the_receipt_still_holds(
    case: Case, authority: Authority, now: datetime, run: Run, tmp_path: Path
) -> None:
    authority.status = "500 Broken"
    at = now
    for _ in range(TIMESTAMP.most_tries):
        assert stamp_due(at) == 1
        at += timedelta(days=2)
    document = Document.objects.get(case=case)
    assert document.stamping == "dead"
    event = Event.objects.get(what="stamping_dead")
    assert event.facts == {
        "kind": "notice_received",
        "tries": TIMESTAMP.most_tries,
        "error": "address_unreachable",
    }
    file, key, _ = written(tmp_path, receipt(case, now), authority)
    assert run.json("verify", file, "--key", key)[0]["state"] == "signed"


def test_a_worker_that_died_between_asking_and_keeping_leaves_it_to_be_tried_again(
    case: Case, authority: Authority, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from staydown_web.reports.services import stamping

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stamping, "_keep", die)
    with pytest.raises(KeyboardInterrupt):
        stamp_due(now)
    document = Document.objects.get(case=case)
    assert (document.stamping, document.token) == ("due", None)
    monkeypatch.undo()
    assert stamp_due(now + timedelta(seconds=30)) == 0
    assert stamp_due(now + timedelta(minutes=5)) == 1
    document.refresh_from_db()
    assert document.stamping == "done"


def test_the_audit_and_a_record_are_stamped_too(
    case: Case, authority: Authority, now: datetime, run: Run, tmp_path: Path
) -> None:
    tree = make_tree(now=now, is_due=True)
    assert tree is not None
    while stamp_due(now):
        pass
    tree.document.refresh_from_db()
    assert tree.document.stamping == "done"
    made = make_record(case=case, with_details=False, language="en", now=now)
    assert made.is_stamped
    file, key, root = written(tmp_path, made.data, authority)
    (row,) = run.json("verify", file, "--key", key, "--authority", root)
    assert (row["state"], row["stamp_holds"]) == ("signed", True)


def test_a_record_does_not_wait_for_an_authority_that_fails(
    case: Case, authority: Authority, now: datetime
) -> None:
    authority.status = "500 Broken"
    made = make_record(case=case, with_details=False, language="en", now=now)
    assert not made.is_stamped
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert "timestamp" not in json.loads(archive.read("contents.json"))


def test_without_the_setting_nothing_is_asked(
    platform: Platform, bank: Any, authority: Authority, now: datetime, settings: Any
) -> None:
    settings.STAYDOWN_TIMESTAMP_URL = ""
    case = file_one(platform, now).case
    make_receipt(case=case, side="notifier", kind="notice_received", now=now)
    assert stamp_due(now) == 0
    assert Document.objects.get(case=case).stamping == "none"
    assert authority.served.requests == []


@given(data=st.binary(max_size=200))
def test_answers_of_any_kind_are_put_in_order_and_never_raise(data: bytes) -> None:
    assert len(in_order(data)) == len(data)


def test_certificates_in_the_wrong_order_are_put_right(authority: Authority, now: datetime) -> None:
    kept: list[bytes] = []
    authority.answer = lambda token: kept.append(token) or token
    ask_authority({"format": "x"})
    token = in_order(kept[0])
    assert in_order(token) == token
    assert sorted(token) == sorted(kept[0])
