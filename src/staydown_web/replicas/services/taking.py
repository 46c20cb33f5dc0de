"""What a replica found while it answered: checked here once more, and stored for the reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from staydown import Fingerprint
from staydown.errors import StaydownError
from staydown_web.accounts.services import Caller
from staydown_web.replicas.models import Replica
from staydown_web.screening.models import Verdict
from staydown_web.screening.services import check


@dataclass(frozen=True, slots=True)
class Report:
    """An upload that matched at the edge.

    Attributes:
        check_id: what the edge called the check; the same one again is stored once.
        verdict: what the edge told the platform.
        fingerprint: of the upload. Never its media.
        content_ref, url, account: as the platform gave them.
    """

    check_id: UUID
    verdict: Verdict
    fingerprint: Fingerprint
    content_ref: str = ""
    url: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a report.

    Attributes:
        check_id: as the edge called it.
        verdict: what the hub says of the upload now; the edge may have known less.
        stored_as: the check under which the hub keeps it.
        error: why it cannot be stored; then the edge gives it up.
    """

    check_id: UUID
    verdict: Verdict | None
    stored_as: UUID | None
    error: StaydownError | None = None


def take_reports(
    *, replica: Replica, caller: Caller, reports: Sequence[Report], now: datetime
) -> list[Settled]:
    """Check each upload against the banks as they are now, and store what holds or blocks.

    What was withdrawn meanwhile is not matched, and so nothing is stored of it.

    Args:
        replica: which.
        caller: the program.
        reports: at most some hundred.
        now: the moment, aware UTC: when the hub learns of them.
    """
    return [_settle(caller, report, now) for report in reports]


def _settle(caller: Caller, report: Report, now: datetime) -> Settled:
    try:
        outcome = check(
            caller=caller,
            fingerprint=report.fingerprint,
            content_ref=report.content_ref,
            url=report.url,
            account=report.account,
            idempotency_key=f"edge {report.check_id}",
            is_paced=False,
            now=now,
        )
    except StaydownError as error:
        if error.retryable:
            raise
        return Settled(report.check_id, None, None, error)
    return Settled(report.check_id, outcome.verdict, outcome.check_id)
