"""Records: every file in the ZIP, every commitment, every receipt within."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

import signed_documents as samples
from staydown.cli.verify.archives import commitment_of, judge_archive
from staydown.cli.verify.canon import readable
from staydown.cli.verify.documents import State

TRUSTED = {samples.FINGERPRINT}
DIGEST, NONCE = hashlib.sha256(b"file").hexdigest(), "ab" * 32


def facts(**changes: Any) -> dict[str, Any]:
    file = {"sha256": DIGEST, "nonce": NONCE, "commitment": commitment_of(DIGEST, NONCE)}
    return {"items": [{"files": [file]}], "receipts": [samples.document()], **changes}


def parts() -> dict[str, bytes]:
    record = readable(samples.document(facts(), kind="case_record"))
    files = {"record.json": record, "record.pdf": b"%PDF-1.7 x", "key.pem": samples.PEM}
    rows = [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
        for name, data in files.items()
    ]
    return {"contents.json": samples.file({"files": rows}, kind="record_contents"), **files}


def state(files: dict[str, bytes]) -> State:
    return judge_archive(samples.zipped(files), trusted=TRUSTED).state


def test_a_whole_record_is_signed() -> None:
    assert state(parts()) is State.SIGNED


@pytest.mark.parametrize("name", ["contents.json", "record.json", "record.pdf", "key.pem"])
def test_a_changed_byte_in_any_file_is_found(name: str) -> None:
    files = parts()
    for place in range(0, len(files[name]), max(1, len(files[name]) // 60)):
        changed = bytearray(files[name])
        changed[place] ^= 1
        assert state({**files, name: bytes(changed)}) is State.CHANGED, place


def test_a_file_that_is_missing_or_put_in_is_found() -> None:
    files = parts()
    assert state({**files, "more.txt": b"x"}) is State.CHANGED
    assert state({k: v for k, v in files.items() if k != "record.pdf"}) is State.CHANGED
    only_list = {"contents.json": files["contents.json"]}
    assert state(only_list) is State.CHANGED
    assert state({"record.json": files["record.json"]}) is State.NOT_RECEIPT


def test_a_record_whose_list_is_by_another_key_is_no_whole() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    record = samples.document(facts(), kind="case_record", private=Ed25519PrivateKey.generate())
    assert state_of(record) is State.CHANGED


def state_of(record: dict[str, Any]) -> State:
    return judge_archive(samples.archive(record), trusted=TRUSTED).state


def test_a_digest_that_does_not_fit_its_commitment_is_found() -> None:
    other = {"sha256": "00" * 32, "nonce": NONCE, "commitment": commitment_of(DIGEST, NONCE)}
    wrong = facts(items=[{"files": [other]}])
    assert state_of(samples.document(wrong, kind="case_record")) is State.CHANGED


def test_a_receipt_within_that_does_not_hold_is_found() -> None:
    wrong = facts(receipts=[{**samples.document(), "made_at": "2020-01-01T00:00:00Z"}])
    assert state_of(samples.document(wrong, kind="case_record")) is State.CHANGED


@pytest.mark.parametrize(
    "audit",
    [{"heads": []}, {"key": "", "heads": [{}], "events": []}, 5, {"key": "!", "heads": [1]}],
)
def test_proofs_of_an_odd_shape_are_found_and_never_raise(audit: Any) -> None:
    assert state_of(samples.document(facts(audit=audit), kind="case_record")) is State.CHANGED


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"\x00" * 500])
def test_a_broken_zip_is_found(data: bytes) -> None:
    assert judge_archive(data, trusted=TRUSTED).state is State.CHANGED
