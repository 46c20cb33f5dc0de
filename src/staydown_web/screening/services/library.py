"""What a scan of a platform's library found, as ``staydown scan --json`` says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from staydown import Fingerprint
from staydown_web.accounts.services import Caller
from staydown_web.base.errors import FieldsError
from staydown_web.base.ids import new_ordered_id
from staydown_web.base.sealing import blind
from staydown_web.screening.models import Copy, Verdict
from staydown_web.screening.services.checking import DETAIL, Outcome, check
from staydown_web.screening.services.findings import Finding
from staydown_web.screening.services.judging import judge, verdict_of
from staydown_web.screening.services.recording import record
from staydown_web.screening.services.scanned import match_of

_MOST_MATCHES = 50


@dataclass(frozen=True, slots=True)
class FoundCopy:
    """One file of a library that matches.

    Attributes:
        content_ref: the platform's own id for it.
        url: its address, or empty.
        fingerprint: its signals; or
        matches: what the scan matched, as JSON values of ``Match.to_dict``.
        ignored: signal types of later versions in the fingerprint, which nothing here reads.
    """

    content_ref: str
    url: str = ""
    fingerprint: Fingerprint | None = None
    matches: Sequence[Mapping[str, Any]] = ()
    ignored: tuple[str, ...] = ()


def register_library_copy(*, caller: Caller, found: FoundCopy, now: datetime) -> Outcome:
    """Note a file of a library that matches; it lands in the reviewers' queue.

    With a fingerprint, this service matches it itself. With matches alone, it believes the scan
    which entry it is and what kind of copy, and asks its own policy what that means.

    Raises:
        FieldsError: neither, or matches that cannot be read.
    """
    if found.fingerprint is not None:
        return check(
            caller=caller,
            fingerprint=found.fingerprint,
            source=Copy.Source.LIBRARY,
            content_ref=found.content_ref,
            url=found.url,
            now=now,
        )
    if not found.content_ref:
        raise FieldsError({"content_ref": "the platform's own id for the file"})
    matches = [match_of(row) for row in found.matches[:_MOST_MATCHES]]
    judged = judge(matches, account="", sees_details=True, now=now)
    if not judged:
        return Outcome(Verdict.CLEAR, new_ordered_id())
    verdict = verdict_of(judged)
    sees_details = DETAIL in caller.scopes
    finding = Finding(
        platform_id=caller.platform_id,
        key_id=caller.key_id,
        actor=caller.actor,
        source=Copy.Source.LIBRARY,
        # Without the bytes, the platform's own id is what tells one file from another.
        group=blind(f"{caller.platform_id}:{found.content_ref}".encode(), purpose="library"),
        content_ref=found.content_ref,
        account="",
        url=found.url,
        content_kind="",
        judged=judged,
        verdict=verdict,
        matches=tuple(j.to_dict() for j in judged) if sees_details else (),
        token="",
        request="",
        now=now,
    )
    recorded = record(finding, wait=True)
    return Outcome(verdict, recorded.check_id, finding.matches, recorded.copy_id)
