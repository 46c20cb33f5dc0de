"""``staydown verify``: whether a receipt or record is signed by a key, and unchanged since."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from staydown.cli.console import Console, console_options, shown
from staydown.cli.inputs import DASH, STDIN_NAME
from staydown.cli.statuses import ExitStatus
from staydown.errors import ContentTooLargeError, SourceError

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 64 << 20
_MOST_KEY_BYTES = 1 << 20


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with public keys of the service, in PEM; may be given several times.",
)
@click.option(
    "--fingerprint",
    "fingerprints",
    multiple=True,
    metavar="HEX",
    help="Trust the key inside where it has this fingerprint; may be given several times.",
)
@click.option(
    "--authority",
    "authority_files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the certificate of a timestamp authority, in PEM.",
)
@console_options
def verify(
    console: Console,
    *,
    file: str,
    key_files: tuple[Path, ...],
    fingerprints: tuple[str, ...],
    authority_files: tuple[Path, ...],
) -> ExitStatus:
    """Check a receipt or the record of a case.

    Works offline. FILE is a receipt (JSON) or a whole record (ZIP). Give the service's public
    key, or its fingerprint, as you got them from somewhere else than FILE. The exit status is 0
    where it is signed by that key and unchanged, 3 where the key is another or none was given, 4
    where it is no receipt, 7 where it was changed.
    """
    from staydown.cli.verify.archives import (  # noqa: PLC0415 - nothing may load too early
        is_archive,
        judge_archive,
        proof_trouble,
    )
    from staydown.cli.verify.documents import Judged, State, judge  # noqa: PLC0415 - as above
    from staydown.cli.verify.stamps import certificates_in, stamp_of  # noqa: PLC0415 - as above

    data = _read(file)
    trusted = _trusted(key_files, fingerprints)
    pems = [(_limited(path), str(path)) for path in authority_files]
    authorities = [one for pem, name in pems for one in certificates_in(pem, name)]
    judging = judge_archive if is_archive(data) else judge
    found = judging(data, trusted=trusted)
    if found.document is not None and found.state in {State.SIGNED, State.UNKNOWN_KEY}:
        why = proof_trouble(found.document)
        stamp = stamp_of(found.document, authorities=authorities)
        why = why or (stamp.why if stamp else "")
        if why:
            found = Judged(State.CHANGED, why, found.key, found.document)
    else:
        stamp = None
    row = _row(file, found, stamp)
    console.record(row, _words(found, row))
    return {
        State.SIGNED: ExitStatus.DONE,
        State.UNKNOWN_KEY: ExitStatus.INCOMPLETE,
        State.NOT_RECEIPT: ExitStatus.INPUT,
        State.CHANGED: ExitStatus.CONFIG,
    }[found.state]


def _trusted(key_files: tuple[Path, ...], fingerprints: tuple[str, ...]) -> set[str]:
    from staydown.cli.verify.documents import keys_in  # noqa: PLC0415 - as in ``verify``

    trusted = set()
    for given in fingerprints:
        text = re.sub(r"[\s:]", "", given).lower()
        if not _FINGERPRINT.fullmatch(text):
            raise click.UsageError("--fingerprint wants the 64 hex digits of a key.")
        trusted.add(text)
    for path in key_files:
        keys = keys_in(_limited(path))
        if not keys:
            raise SourceError(f"{path}: no public key in it. Give the file from the service.")
        trusted.update(keys)
    return trusted


def _row(file: str, found: Any, stamp: Any) -> dict[str, Any]:
    document = found.document or {}
    issuer = document.get("issuer")
    return {
        "file": STDIN_NAME if file == DASH else file,
        "state": str(found.state),
        "why": found.why,
        "key": found.key,
        "kind": str(document.get("kind", "")),
        "made_at": str(document.get("made_at", "")),
        "issuer": str(issuer.get("name", "")) if isinstance(issuer, dict) else "",
        "stamped_at": stamp.at.isoformat().replace("+00:00", "Z") if stamp and stamp.at else None,
        "stamp_holds": stamp.holds if stamp else None,
    }


_TITLES = {
    "signed": "Signed by this key",
    "changed": "Changed",
    "unknown_key": "Unknown key",
    "not_receipt": "Not a receipt",
}


def _words(found: Any, row: dict[str, Any]) -> str:
    lines = [f"{_TITLES[row['state']]}: {found.why}."]
    if found.document is not None and row["state"] in {"signed", "unknown_key"}:
        lines += [f"What:  {shown(row['kind'])}, by {shown(row['issuer'])}, {row['made_at']}"]
        lines += [f"Key:   {row['key']}"]
        lines += [f"Time:  {_stamp_words(row)}"]
    return "\n".join(lines)


def _stamp_words(row: dict[str, Any]) -> str:
    if row["stamped_at"] is None:
        return "as the service says; no authority has stamped it"
    if row["stamp_holds"]:
        return f"stamped by the authority at {row['stamped_at']}"
    return f"stamped at {row['stamped_at']}; not checked, give --authority to do so"


def _read(file: str) -> bytes:
    if file != DASH:
        return _limited(Path(file), _MOST_BYTES)
    if sys.stdin.isatty():
        raise SourceError("Standard input is the terminal. Send a file in: staydown verify - <FILE")
    data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ContentTooLargeError(f"{STDIN_NAME}: more than 64 MiB, so no receipt of ours.")
    return data


def _limited(path: Path, most: int = _MOST_KEY_BYTES) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}. Check the name.") from None
    if len(data) > most:
        raise ContentTooLargeError(f"{path}: larger than any such file is.")
    return data
