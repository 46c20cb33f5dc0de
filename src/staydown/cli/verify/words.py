"""What was checked, in words for somebody who has never heard of this program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from textwrap import wrap
from typing import TYPE_CHECKING

from staydown.cli.console import shown
from staydown.cli.verify.documents import Judged, State
from staydown.cli.verify.summaries import Row, moment_words, summary_of

if TYPE_CHECKING:
    from staydown.cli.verify.stamps import Stamp

_NAMES = {
    "notice_received": "receipt that a notice was received",
    "addition_received": "receipt that something was added to a notice",
    "item_decided": "receipt of a decision on a picture or video",
    "withdrawal_asked": "receipt that a request was taken back",
    "decision_made": "receipt of a decision",
    "order_made": "receipt of an order to a platform",
    "order_answered": "receipt of an order to a platform and of its answer",
    "case_record": "record of a case",
    "record_contents": "list of the files of a record",
    "audit_tree": "stretch of the audit under one signature",
    "key_changed": "statement that a key was replaced by another",
}
_WIDTH = 24
_LINE = 96


def report(file: str, found: Judged, stamp: Stamp | None, *, key: str) -> str:
    """The result for people, several lines.

    Args:
        file: as it was named.
        found: the result.
        stamp: the timestamp of what holds.
        key: with what its key was given, in words; empty where it was not.
    """
    head = shown(f"{file}: {_headline(found)}")
    to_do = _wrapped("To do", remedy_of(found))
    if found.document is None or found.state not in {State.SIGNED, State.UNKNOWN_KEY}:
        return "\n".join([head, *to_do])
    says = [*_origin(found), *summary_of(found.record or found.document)]
    lines = [head, "", *_table("What it says", says)]
    lines += ["", *_table("What was checked", [*_checks(found), *_time(stamp)])]
    lines += ["", *_table("The key", _key(found, key)), ""]
    if found.state is State.SIGNED:
        return "\n".join([*lines, *_meaning(found, stamp)])
    return "\n".join([*lines, *to_do, f"  {shown(command_of(file, found))}"])


def remedy_of(found: Judged) -> str:
    """What to do next; empty where everything holds."""
    match found.state:
        case State.SIGNED:
            return ""
        case State.UNKNOWN_KEY:
            return (
                f"Get the public key from the service itself: its page {key_page(found)} (the file "
                "names that address: make sure that it is the one you know), or a receipt that you "
                "got from it earlier. Or compare the fingerprint of the key with one that the "
                "service gave you in another way, and give it with --fingerprint. Then check again:"
            )
        case State.NOT_RECEIPT:
            return (
                "Give the file as it was saved: a receipt such as notes-1.json, or a whole record "
                "such as notes.zip."
            )
        case State.CHANGED:
            return (
                "Do not rely on it. Ask whoever gave it to you for the file as they saved it, not "
                "opened and saved again, or ask the service for a new one."
            )


def command_of(file: str, found: Judged) -> str:
    """The command that checks a file with the service's key; empty where that is done."""
    return f"staydown verify {file} --key key.pem" if found.state is State.UNKNOWN_KEY else ""


def key_page(found: Judged) -> str:
    """Where the service says that its keys are."""
    issuer = (found.document or {}).get("issuer")
    url = issuer.get("url") if isinstance(issuer, dict) else ""
    return f"{shown(str(url or '')).rstrip('/')}/key/"


def _headline(found: Judged) -> str:
    match found.state:
        case State.SIGNED:
            return "signed by the key that you gave, and not one byte was changed since."
        case State.CHANGED:
            return f"DOES NOT HOLD: {found.why}."
        case State.UNKNOWN_KEY:
            return f"NOT PROVEN: {found.why}."
        case State.NOT_RECEIPT:
            return f"NOT A RECEIPT: {found.why}."


def _origin(found: Judged) -> list[Row]:
    document = found.record or found.document or {}
    issuer = document["issuer"]
    kind = str(document["kind"])
    name = " ".join(str(issuer.get(part) or "") for part in ("name", "url"))
    return [
        ("Kind", _NAMES.get(kind, kind)),
        ("By", name),
        ("Made", moment_words(document["made_at"])),
    ]


def _checks(found: Judged) -> list[Row]:
    of_what = "the list contents.json and record.json" if found.record else "all of it"
    rows: list[Row] = [("Signature", f"holds (ed25519, over {of_what})")]
    rows += [
        (file.name, f"unchanged, {file.size_bytes:,} bytes, SHA-256 {file.sha256}")
        for file in found.files
    ]
    proofs = found.proofs
    if proofs is not None:
        rows += [
            ("Receipts within", f"{proofs.receipts}, each signed and unchanged"),
            ("Digests of files", f"{proofs.digests}, each as the receipts say"),
            ("Events of the audit", f"{proofs.events}, each in the signed audit"),
        ]
    return rows


def _time(stamp: Stamp | None) -> list[Row]:
    if stamp is None or stamp.at is None:
        return [("Time", "as the service says; no authority has stamped it")]
    at = _utc(stamp.at)
    if stamp.holds:
        return [("Time", f"stamped by the authority at {at}; its stamp holds")]
    text = f"stamped at {at} by {stamp.authority}; not checked, give --authority to do so"
    return [("Time", text)]


def _key(found: Judged, key: str) -> list[Row]:
    return [("Fingerprint", found.key), ("Known by", key or "nothing but the file that it signed")]


def _meaning(found: Judged, stamp: Stamp | None) -> list[str]:
    issuer = str((found.document or {})["issuer"].get("name") or "the service")
    proven = (
        f"That {issuer}, if the key that you gave is its key, signed exactly this, and that "
        "nothing was changed, taken out or put in since."
    )
    if stamp is not None and stamp.holds and stamp.at:
        proven += f" That it existed on {_utc(stamp.at)}."
    not_proven = (
        "That what people stated is true: only that they stated it. That nothing else happened."
    )
    if stamp is None or not stamp.holds:
        not_proven += " The moment: it is that of the service's own clock."
    return [*_wrapped("Proven", proven), *_wrapped("Not proven", not_proven)]


def _table(title: str, rows: Sequence[Row]) -> list[str]:
    return [title, *(f"  {shown(name):{_WIDTH}}{shown(value)}".rstrip() for name, value in rows)]


def _wrapped(title: str, text: str) -> list[str]:
    return wrap(f"{title}: {shown(text)}", width=_LINE, break_long_words=False) if text else []


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
