"""What is known of the tries of a report: kept in its proof box, sealed for the case.

It is written in the UPDATE that takes a report in hand, before anything leaves. So whoever takes it
next knows whether the try before ended, or was cut off at a moment that nobody saw.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self

from staydown_web.base.sealing import seal_for_case, unseal_for_case
from staydown_web.escalation.models import Report


@dataclass(frozen=True, slots=True)
class Trail:
    """How the tries of a report went.

    Attributes:
        first_try_at: when it was first taken in hand, ISO 8601; empty before.
        open_try: number of the try that runs, or was cut off; 0 where each has ended.
        is_doubtful: some try may have got there although nobody said so.
        said: what the other side said when it took it.
        why: code of why it did not leave, or waits for a person.
    """

    first_try_at: str = ""
    open_try: int = 0
    is_doubtful: bool = False
    said: str = ""
    why: str = ""

    @property
    def began(self) -> datetime | None:
        """When it was first taken in hand; None before."""
        return datetime.fromisoformat(self.first_try_at) if self.first_try_at else None

    def opened(self, *, number: int, at: datetime) -> Self:
        """The trail of a report that is taken in hand for a try."""
        return replace(
            self,
            first_try_at=self.first_try_at or at.isoformat(),
            open_try=number,
            is_doubtful=self.is_doubtful or self.open_try > 0,
        )

    def closed(self, *, is_doubtful: bool = False, said: str = "", why: str = "") -> Self:
        """The trail after a try whose end was seen."""
        return replace(
            self,
            open_try=0,
            is_doubtful=self.is_doubtful or is_doubtful,
            said=said or self.said,
            why=why or self.why,
        )

    def sealed(self, report: Report) -> bytes:
        """For ``Report.proof_box``.

        Raises:
            SealError: the case was erased.
        """
        return seal_for_case(report.case_id, asdict(self), context=_context(report))


def trail_of(report: Report) -> Trail:
    """How the tries of a report went so far.

    Raises:
        SealError: the case was erased.
    """
    if report.proof_box is None:
        return Trail()
    held = unseal_for_case(report.case_id, report.proof_box, context=_context(report))
    known = Trail.__dataclass_fields__
    return Trail(**{name: value for name, value in held.items() if name in known})


def _context(report: Report) -> str:
    return f"report-proof:{report.pk}"
