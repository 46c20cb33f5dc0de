"""One upload against the banks: the service behind every check."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from staydown import Fingerprint, Match, SignalType
from staydown_web.accounts.services import Caller
from staydown_web.banks.services import match_entries
from staydown_web.base.admission import give_up_place
from staydown_web.base.counting import count
from staydown_web.base.errors import FieldsError, IdempotencyError
from staydown_web.base.ids import new_ordered_id
from staydown_web.base.sealing import blind
from staydown_web.base.tracing import span
from staydown_web.screening.models import Copy, RememberedCheck, Verdict
from staydown_web.screening.services.canaries import look_for_canaries
from staydown_web.screening.services.copies import MOST_REF, account_blind, content_group
from staydown_web.screening.services.findings import Finding, Recorded
from staydown_web.screening.services.judging import Judged, judge, verdict_of
from staydown_web.screening.services.keeping import offer_clear
from staydown_web.screening.services.recording import record

DETAIL = "match:detail"
QUANTUM_S = 0.05
"""Clear answers to callers without ``match:detail`` come at whole steps of this. ADR-0025."""
_MOST_TOKEN = 200
_MOST_URL = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a check.

    Attributes:
        verdict: what the platform should do.
        check_id: names this check; where the verdict is clear nothing is stored under it.
        matches: best first, as JSON values; for callers who may see details alone.
        copy_id: what is stored of it, or None.
    """

    verdict: Verdict
    check_id: UUID
    matches: tuple[Mapping[str, Any], ...] = ()
    copy_id: UUID | None = None

    @property
    def copy(self) -> Copy | None:
        """What is stored of it, read anew."""
        return Copy.objects.filter(pk=self.copy_id).first() if self.copy_id else None


def check(
    *,
    caller: Caller,
    fingerprint: Fingerprint,
    source: Copy.Source = Copy.Source.UPLOAD,
    content_ref: str = "",
    url: str = "",
    account: str = "",
    idempotency_key: str = "",
    is_paced: bool = True,
    now: datetime,
) -> Outcome:
    """Say what a platform should do with an upload.

    A miss reads and writes no database; where the platform asked for it, its ``pdq`` is kept for
    some days, written later by another thread. What holds or blocks is durable when this returns.
    Callers without the scope ``match:detail`` get a verdict that is made without altered copies, at
    times that do not depend on them.

    Args:
        caller: who asks.
        fingerprint: of the upload.
        source: how the content came to be checked.
        content_ref: the platform's own id for it, at most 200 characters.
        url: its address on the platform, if it has one.
        account: the platform's own id of who uploads; kept as a blind digest alone.
        idempotency_key: the same key and request give the same answer for a day.
        is_paced: False where the caller of this function does the waiting, for many at once.
        now: the moment, aware UTC.

    Raises:
        FieldsError: a text is too long.
        IdempotencyError: the key came before with another request.
        SnapshotError: the bank cannot be read.
    """
    _check_lengths(content_ref, url, account, idempotency_key)
    started = time.monotonic()
    token, request = _digests(idempotency_key, fingerprint, source, content_ref, url, account)
    if token and (known := _remembered(caller, token, request)) is not None:
        return known
    sees_details = DETAIL in caller.scopes
    with span("match") as timed:
        found = match_entries(fingerprint)
        if timed is not None:
            timed.note(found=len(found))
    outcome = _decide(
        found,
        caller=caller,
        fingerprint=fingerprint,
        source=source,
        content_ref=content_ref,
        url=url,
        blind_account=account_blind(caller.platform_id, account) if found else "",
        sees_details=sees_details,
        token=token,
        request=request,
        now=now,
    )
    count("checks_total", str(outcome.verdict))
    if source == Copy.Source.UPLOAD and outcome.verdict == Verdict.CLEAR:
        offer_clear(caller.platform_id, fingerprint, now)
    if is_paced and not sees_details and outcome.verdict == Verdict.CLEAR and is_rich(fingerprint):
        give_up_place()
        wait_for_step(started)
    return outcome


def is_rich(fingerprint: Fingerprint) -> bool:
    """Whether it has signals by which an altered copy can be told."""
    rich = (SignalType.WINDOWS, SignalType.TIMELINE)
    return any(s.type in rich for s in fingerprint.signals)


def wait_for_step(
    started: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until a whole number of steps has passed since the start.

    Comparing an altered copy takes longer than finding nothing; what can be seen from outside is a
    number of steps, which hardly ever differs.
    """
    spent = clock() - started
    sleep(QUANTUM_S - spent % QUANTUM_S)


def _decide(
    found: list[Match],
    *,
    caller: Caller,
    fingerprint: Fingerprint,
    source: Copy.Source,
    content_ref: str,
    url: str,
    blind_account: str,
    sees_details: bool,
    token: str,
    request: str,
    now: datetime,
) -> Outcome:
    judged: list[Judged] = []
    if found:
        judged = judge(found, account=blind_account, sees_details=sees_details, now=now)
    if not judged:
        return Outcome(Verdict.CLEAR, new_ordered_id())
    if source in {Copy.Source.UPLOAD, Copy.Source.LIBRARY}:
        look_for_canaries(matched=(j.facts for j in judged), actor=caller.actor, now=now)
    verdict = verdict_of(judged)
    matches = tuple(j.to_dict() for j in judged) if sees_details else ()
    finding = Finding(
        platform_id=caller.platform_id,
        key_id=caller.key_id,
        actor=caller.actor,
        source=source,
        group=content_group(fingerprint),
        content_ref=content_ref,
        account=blind_account,
        url=url,
        content_kind=str(fingerprint.kind),
        judged=judged,
        verdict=verdict,
        matches=matches,
        token=token,
        request=request,
        now=now,
    )
    return _outcome(record(finding, wait=verdict != Verdict.CLEAR), finding)


def _outcome(recorded: Recorded, finding: Finding) -> Outcome:
    if recorded.answer is not None:
        if recorded.answer.get("request") != finding.request:
            raise _reused()
        return _from_answer(recorded.answer)
    return Outcome(finding.verdict, recorded.check_id, finding.matches, recorded.copy_id)


def _digests(idempotency_key: str, fingerprint: Fingerprint, *parts: str) -> tuple[str, str]:
    if not idempotency_key:
        return "", ""
    request = hashlib.sha256(fingerprint.to_bytes())
    for part in parts:
        request.update(b"\x00" + str(part).encode())
    token = blind(idempotency_key.encode(), purpose="idempotency")
    return token, blind(request.digest(), purpose="request")


def _remembered(caller: Caller, token: str, request: str) -> Outcome | None:
    rows = RememberedCheck.objects.filter(api_key_id=caller.key_id, token_digest=token)
    row = rows.values_list("request_digest", "answer").first()
    if row is None:
        return None
    if row[0] != request:
        raise _reused()
    return _from_answer(row[1])


def _from_answer(answer: Mapping[str, Any]) -> Outcome:
    return Outcome(
        Verdict(answer["verdict"]), UUID(answer["check_id"]), tuple(answer["matches"]), None
    )


def _reused() -> IdempotencyError:
    return IdempotencyError("this idempotency key came with another request before; use a new one")


def _check_lengths(content_ref: str, url: str, account: str, idempotency_key: str) -> None:
    wrong = {}
    if len(content_ref) > MOST_REF:
        wrong["content_ref"] = f"at most {MOST_REF} characters"
    if len(url) > _MOST_URL:
        wrong["url"] = f"at most {_MOST_URL} characters"
    if len(account) > MOST_REF:
        wrong["account"] = f"at most {MOST_REF} characters"
    if len(idempotency_key) > _MOST_TOKEN:
        wrong["Idempotency-Key"] = f"at most {_MOST_TOKEN} characters"
    if wrong:
        raise FieldsError(wrong)
