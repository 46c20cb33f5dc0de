"""One file held against the keys that were given, with all that is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from staydown.cli.verify.archives import is_archive, judge_archive, proof_trouble, proofs_in
from staydown.cli.verify.documents import Judged, State, judge
from staydown.cli.verify.given import Keys
from staydown.cli.verify.stamps import Stamp, stamp_of
from staydown.cli.verify.summaries import case_number, laws_of
from staydown.cli.verify.words import command_of, key_page, remedy_of

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_HOLDS = (State.SIGNED, State.UNKNOWN_KEY)


def check(
    data: bytes, *, keys: Keys, authorities: Sequence[Certificate]
) -> tuple[Judged, Stamp | None]:
    """The result, and the timestamp of what holds.

    Args:
        data: a receipt or a ZIP.
        keys: to hold it against.
        authorities: certificates to hold its timestamp against.

    Raises:
        ConfigError: a package that checks is not installed.
    """
    judging = judge_archive if is_archive(data) else judge
    found = judging(data, trusted=set(keys.trusted))
    if found.document is None or found.state not in _HOLDS:
        return found, None
    said = found.record or found.document
    stamp = stamp_of(found.document, authorities=authorities)
    why = proof_trouble(said) or (stamp.why if stamp else "")
    if why:
        return Judged(State.CHANGED, why, found.key, found.document), None
    if found.state is State.UNKNOWN_KEY and keys.of_itself and not keys.trusted:
        why = f"the key that you gave ({keys.of_itself[0]}) came with it, so it proves nothing"
        found = replace(found, why=why)
    return replace(found, proofs=proofs_in(said)), stamp


def row_of(name: str, found: Judged, stamp: Stamp | None) -> dict[str, Any]:
    """The result for machines; ``docs/evidence.md`` says what each member means."""
    said = found.record or found.document or {}
    holds = found.state in _HOLDS
    issuer = said.get("issuer")
    at = stamp.at if stamp else None
    remedy = remedy_of(found)
    command = command_of(name, found)
    return {
        "file": name,
        "state": str(found.state),
        "why": found.why,
        "remedy": f"{remedy} {command}".strip(),
        "key": found.key,
        "key_page": key_page(found) if holds else "",
        "kind": str(said.get("kind", "")),
        "made_at": str(said.get("made_at", "")),
        "issuer": str(issuer.get("name", "")) if isinstance(issuer, dict) else "",
        "case": case_number(said) if holds else "",
        "laws": laws_of(said) if holds else [],
        "files": [asdict(file) for file in found.files],
        "proofs": asdict(found.proofs) if found.proofs else None,
        "stamped_at": at.isoformat().replace("+00:00", "Z") if at else None,
        "stamp_holds": stamp.holds if stamp else None,
    }
