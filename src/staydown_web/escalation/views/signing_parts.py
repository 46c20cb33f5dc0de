"""What somebody sees before signing: what leaves, what was checked, who signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from staydown_web.escalation.forms.signing import SendBackForm
from staydown_web.escalation.models import Report, SignOff
from staydown_web.escalation.selectors.policy import Check
from staydown_web.escalation.selectors.policy_signing import checks_of_report
from staydown_web.escalation.services.signing import signatures_needed
from staydown_web.escalation.views.sent_parts import (
    Contents,
    can_by_hand,
    contents_of,
    format_words,
    leaving_words,
)


@dataclass(frozen=True, slots=True)
class Signing:
    """One report that waits.

    Attributes:
        report: the row.
        contents: what leaves.
        format: format, way and size in words.
        signs: signatures under exactly this text.
        has_signed: whether who looks has signed it.
        needed: signatures that are still needed.
        back: the form that sends it back.
        checks: what must be true before it is signed.
    """

    report: Report
    contents: Contents
    format: str
    signs: list[SignOff]
    has_signed: bool
    needed: int
    back: SendBackForm
    checks: list[Check]

    @property
    def is_sound(self) -> bool:
        """Whether everything that must be true is."""
        return all(check.is_met for check in self.checks)

    @property
    def leaving(self) -> str:
        """When it leaves, once it is signed."""
        return leaving_words(self.report)

    @property
    def can_by_hand(self) -> bool:
        """Whether it waits for a mail server, so that a person may send it."""
        return can_by_hand(self.report)

    @property
    def is_last(self) -> bool:
        """Whether one more signature sends it."""
        return self.needed == 1


def signing_of(report: Report, user: Any, *, now: datetime) -> Signing:
    """What is to be shown of a report before it is signed."""
    contents = contents_of(report)
    signs = [one for one in report.signs.all() if one.digest == report.digest]
    wanted = signatures_needed(report)
    return Signing(
        report=report,
        contents=contents,
        format="" if contents.is_erased else format_words(report, contents),
        signs=sorted(signs, key=lambda one: one.at),
        has_signed=any(one.user_id == user.pk for one in signs),
        needed=max(0, wanted - len(signs)),
        back=SendBackForm(),
        checks=[] if contents.is_erased else checks_of_report(report, now),
    )
