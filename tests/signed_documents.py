"""Signed documents made here, without the service: what it signs anybody can make a key for."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from staydown.cli.verify.canon import readable
from staydown.cli.verify.documents import FORMAT, fingerprint_of, signed_bytes

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
FINGERPRINT = fingerprint_of(PUBLIC)


def document(
    facts: dict[str, Any] | None = None,
    *,
    kind: str = "notice_received",
    private: Ed25519PrivateKey = PRIVATE,
) -> dict[str, Any]:
    """A signed document."""
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    made = {
        "format": FORMAT,
        "kind": kind,
        "issuer": {"name": "Example", "url": "https://staydown.example"},
        "made_at": "2026-11-26T09:00:00Z",
        "facts": {"case": "C-7Q2M-4KXR", "items": 2} if facts is None else facts,
        "key": {
            "fingerprint": fingerprint_of(public),
            "public": base64.b64encode(public).decode(),
        },
    }
    return {**made, "signature": private.sign(signed_bytes(made)).hex()}


def file(facts: dict[str, Any] | None = None, **more: Any) -> bytes:
    """The same as a file."""
    return readable(document(facts, **more))


def archive(record: dict[str, Any], **others: bytes) -> bytes:
    """A record as a ZIP with its signed list."""
    files = {"record.json": readable(record), **others}
    rows = [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
        for name, data in files.items()
    ]
    contents = file({"files": rows}, kind="record_contents")
    return zipped({"contents.json": contents, **files})


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive_file:
        for name, data in files.items():
            archive_file.writestr(name, data)
    return target.getvalue()
