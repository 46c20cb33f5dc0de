"""The record of a case: a ZIP whose signed list names every file in it, and the proofs within."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from staydown.cli.verify.documents import (
    MOST_BYTES,
    CheckedFile,
    Judged,
    Proofs,
    State,
    is_signed_by,
    judge,
    judge_document,
)
from staydown.cli.verify.trees import event_digest, root_from

CONTENTS = "contents.json"
RECORD = "record.json"
RECORD_KIND = "case_record"
CAME_WITH_RECORD = "This key came in the ZIP of a record. It proves nothing by itself."
"""Stands in the file of keys within a record, so that nobody takes it for the service's own."""
MOST_FILES = 20
_KEY_BYTES = 32


def is_archive(data: bytes) -> bool:
    """Whether these bytes begin as a ZIP does."""
    return data[:4] == b"PK\x03\x04"


def judge_archive(data: bytes, *, trusted: Collection[str]) -> Judged:
    """Check a whole record: its signed list, every file against it, and the proofs in the record.

    Args:
        data: the ZIP.
        trusted: fingerprints of keys that the caller knows.
    """
    files = _files(data)
    if files is None:
        return Judged(State.CHANGED, "the ZIP is damaged, or too large to be a record")
    if CONTENTS not in files:
        return Judged(State.NOT_RECEIPT, "this ZIP is not a record of Staydown")
    listed = judge(files[CONTENTS], trusted=trusted)
    if listed.document is None or listed.state is State.CHANGED:
        return Judged(listed.state, f"{CONTENTS} in it: {listed.why}", listed.key, listed.document)
    why = _trouble(listed.document, files)
    if why:
        return Judged(State.CHANGED, why, listed.key, listed.document)
    record = judge(files[RECORD], trusted=trusted)
    why = _record_trouble(record, listed)
    if why:
        return Judged(State.CHANGED, why, listed.key, listed.document)
    checked = tuple(
        CheckedFile(name, len(files[name]), hashlib.sha256(files[name]).hexdigest())
        for name in sorted(set(files) - {CONTENTS})
    )
    return replace(listed, record=record.document, files=checked)


def proof_trouble(document: Mapping[str, Any]) -> str:
    """What does not hold within a record: receipts, commitments, the audit; empty where all does.

    Who signed the record answers for the receipts in it, by earlier keys of the same service too:
    they are checked to be whole.
    """
    if document["kind"] != RECORD_KIND:
        return ""
    facts = document["facts"]
    try:
        return (
            _receipts_trouble(facts.get("receipts", []))
            or _commitments_trouble(facts.get("items", []))
            or _audit_trouble(facts.get("audit"))
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return "a proof in it has another shape than it must"


def proofs_in(document: Mapping[str, Any]) -> Proofs | None:
    """How many proofs a record has, none of which has trouble; None for another document."""
    if document["kind"] != RECORD_KIND:
        return None
    facts = document["facts"]
    files = [file for item in facts.get("items", []) for file in item["files"]]
    audit = facts.get("audit") or {"events": []}
    return Proofs(
        receipts=len(facts.get("receipts", [])),
        digests=sum("sha256" in file for file in files),
        events=len(audit["events"]),
    )


def holds_file(archive: bytes, data: bytes) -> bool:
    """Whether a ZIP holds a file of exactly these bytes."""
    return data in (_files(archive) or {}).values()


def commitment_of(digest_hex: str, nonce_hex: str) -> str:
    """What a receipt says of a file without naming its digest; 64 hex digits. Source: ADR-0056."""
    return hashlib.sha256(bytes.fromhex(nonce_hex) + bytes.fromhex(digest_hex)).hexdigest()


def _files(data: bytes) -> dict[str, bytes] | None:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            rows = archive.infolist()
            names = [row.filename for row in rows]
            if len(rows) > MOST_FILES or len(set(names)) != len(names):
                return None
            if sum(row.file_size for row in rows) > MOST_BYTES * 2:
                return None
            for row in rows:
                with archive.open(row) as file:
                    found[row.filename] = file.read(row.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError):
        return None
    return found


def _trouble(contents: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    try:
        named = {row["name"]: row["sha256"] for row in contents["facts"]["files"]}
    except (KeyError, TypeError):
        return f"{CONTENTS} lists no files"
    others = set(files) - {CONTENTS}
    if RECORD not in named or others != set(named):
        odd = sorted(others ^ set(named)) or [RECORD]
        return f"a file is missing or was put in: {odd[0]}"
    for name, digest in sorted(named.items()):
        if hashlib.sha256(files[name]).hexdigest() != digest:
            return f"{name} was changed"
    return ""


def _record_trouble(record: Judged, listed: Judged) -> str:
    if record.document is None or record.state is State.CHANGED:
        return f"{RECORD} in it: {record.why}"
    if record.state is not listed.state or record.key != listed.key:
        return f"{RECORD} in it is signed by another key than the list of its files"
    if record.document["kind"] != RECORD_KIND:
        return f"{RECORD} is another kind of document"
    return proof_trouble(record.document)


def _receipts_trouble(receipts: Any) -> str:
    for receipt in receipts:
        inner = judge_document(receipt, trusted=())
        if inner.state is State.CHANGED:
            return f"a receipt in it does not hold: {inner.why}"
    return ""


def _commitments_trouble(items: Any) -> str:
    for item in items:
        for file in item["files"]:
            if "sha256" in file and file["commitment"] != commitment_of(
                file["sha256"], file["nonce"]
            ):
                return "the digest of a file does not fit what the receipt says of it"
    return ""


def _audit_trouble(audit: Any) -> str:
    if audit is None:
        return ""
    heads = audit["heads"]
    keys = [base64.b64decode(one, validate=True) for one in audit.get("keys", [audit["key"]])]
    for head in heads:
        why = _head_trouble(head, keys)
        if why:
            return why
    for event in audit["events"]:
        if "fields" in event and event_digest(event["fields"]).hex() != event["digest"]:
            return f"event {event['seq']} of the audit was changed"
        facts = heads[event["head"]]["facts"]
        if "fields" in event and event["fields"][0] != event["seq"]:
            return f"event {event['seq']} of the audit has another number"
        if not _leads_to_root(event, facts):
            return f"event {event['seq']} does not stand in the signed audit"
    return ""


def _head_trouble(head: Any, keys: Sequence[bytes]) -> str:
    inner = judge_document(head, trusted=())
    if inner.state is State.CHANGED or head["kind"] != "audit_tree":
        return f"a signed part of the audit does not hold: {inner.why}"
    facts = head["facts"]
    point = facts["checkpoint"]
    text = "\n".join(
        ["staydown-checkpoint/1", str(point["seq"]), point["digest"], point["at"], point["before"]]
    )
    if not any(_is_signed_by(key, point["signature"], text.encode()) for key in keys):
        return "the signature of a checkpoint of the audit does not hold"
    if point["seq"] != facts["last"]:
        return "a checkpoint of the audit belongs to another part of it"
    last = {"seq": facts["last"], "digest": point["digest"], "path": facts["path"]}
    return "" if _leads_to_root(last, facts) else "a checkpoint of the audit names another event"


def _is_signed_by(key: bytes, signature: Any, text: bytes) -> bool:
    return len(key) == _KEY_BYTES and is_signed_by(key, signature, text)


def _leads_to_root(event: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    path = [bytes.fromhex(part) for part in event["path"]]
    size = facts["last"] - facts["first"] + 1
    leaf = bytes.fromhex(event["digest"])
    root = root_from(leaf, event["seq"] - facts["first"], size, path)
    return root is not None and root.hex() == facts["root"]
