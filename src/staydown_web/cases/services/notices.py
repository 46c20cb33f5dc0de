"""Notices judged by their law in the transaction that receives them: validity and clock."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from staydown_web.base.sealing import seal_for_case, unseal_for_case
from staydown_web.cases.forms import (
    Answers,
    Filing,
    is_email,
    is_phone,
)
from staydown_web.cases.models import Case, Location, Notice
from staydown_web.cases.services.binding import (
    bound_places,
    bound_platforms,
    is_bound,
    platforms_at,
)
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.signing import sign_notice
from staydown_web.regimes.schemas import Findings, NoticeFacts
from staydown_web.regimes.selectors import regime, signing_text, text_digest
from staydown_web.regimes.services import check_notice, due_at

_FILLED = ("statement", "place", "name", "email", "phone", "authority", "signature")


def make_notice(
    *, case: Case, regime_id: str, answers: Answers, now: datetime, sent: Answers | None = None
) -> Notice:
    """Store one notice, not judged yet.

    Args:
        case: of which.
        regime_id: the law.
        answers: all that is known.
        now: the moment, aware UTC.
        sent: what came in this sending alone, which is what was signed; the same where it is left
            out.
    """
    notice = Notice(
        case=case, regime=regime_id, regime_version=regime(regime_id).version, received_at=now
    )
    _write(notice, case, answers)
    notice.save()
    sign_notice(notice=notice, case=case, answers=sent or answers, now=now)
    return notice


def answer_notice(*, notice: Notice, case: Case, answers: Answers, now: datetime) -> None:
    """Complete a notice that is not valid yet; what is empty stays as it was."""
    _write(notice, case, merged(answers_of(notice), answers))
    notice.regime_version = regime(notice.regime).version
    notice.save(update_fields=["box", "text_digest", "regime_version"])
    sign_notice(notice=notice, case=case, answers=answers, now=now)


def answers_of(notice: Notice) -> Answers:
    """What was answered, unsealed; empty where it was erased."""
    if notice.box is None:
        return Answers()
    held = dict(unseal_for_case(notice.case_id, notice.box, context=f"notice:{notice.pk}"))
    held.pop("text", None)
    return Answers(**{**held, "declarations": frozenset(held["declarations"])})


def merged(before: Answers, after: Answers) -> Answers:
    """New answers over old ones."""
    given = {name: getattr(after, name) for name in _FILLED if getattr(after, name)}
    return replace(
        before,
        is_good_faith=before.is_good_faith or after.is_good_faith,
        declarations=before.declarations | after.declarations,
        text_digests={},
        **given,
    )


def facts_of(case: Case, answers: Answers, *, law: str = "") -> NoticeFacts:
    """The facts that a law asks about. An address counts where it is on a platform served here.

    Args:
        case: hers.
        answers: of one of its notices.
        law: of which the notice is: an address counts where it binds; empty: where any does.
    """
    places = case.locations.exclude(state=Location.State.ELSEWHERE)
    return NoticeFacts(
        **_facts_of_answers(answers),
        is_representative=case.acts_as == Case.ActsAs.REPRESENTATIVE,
        has_fingerprint=case.items.filter(label_box__isnull=False).exists(),
        has_url=(bound_places(places, law) if law else places).exists(),
    )


def facts_of_filing(filing: Filing, *, law: str) -> NoticeFacts:
    """The facts of what was typed and not sent yet, as far as they can be known before."""
    answers, bound = filing.answers, bound_platforms(law)
    theirs = [one for one in platforms_at(filing.urls) if bound is None or one.pk in bound]
    return NoticeFacts(
        **_facts_of_answers(answers),
        is_representative=filing.acts_as == Case.ActsAs.REPRESENTATIVE,
        has_fingerprint=bool(filing.files),
        has_url=bool(theirs),
    )


def _facts_of_answers(answers: Answers) -> dict[str, bool]:
    filled = ("authority", "signature", "place", "statement", "name")
    return {
        **{f"has_{name}": bool(getattr(answers, name).strip()) for name in filled},
        "has_email": is_email(answers.email),
        "has_phone": is_phone(answers.phone),
        "has_good_faith": answers.is_good_faith,
        "has_on_service": "on_service" in answers.declarations,
        "has_role": "role" in answers.declarations,
    }


def judge_notices(*, case: Case, now: datetime, events: Events) -> bool:
    """Judge every notice that is not valid yet, and start the clock of those that now are.

    Returns:
        Whether the case holds a valid notice.
    """
    for notice in case.notices.filter(valid_at__isnull=True).order_by("received_at", "regime"):
        findings = check_notice(
            regime=notice.regime,
            facts=facts_of(case, answers_of(notice), law=notice.regime),
            now=now,
        )
        _store(notice, findings, case, now)
        if findings.is_valid:
            events.add("notice_valid", f"notice:{notice.pk}", **_clock(notice))
        else:
            missing = [requirement.id for requirement in findings.missing]
            events.add(
                "notice_incomplete", f"notice:{notice.pk}", regime=notice.regime, missing=missing
            )
    return _bring_up(case)


def _store(notice: Notice, findings: Findings, case: Case, now: datetime) -> None:
    notice.findings = findings.as_rows()
    notice.regime_version = findings.version
    if findings.is_valid:
        notice.valid_at = now
        has_clock = case.way != Case.Way.THREATENED and is_bound(case, notice.regime)
        notice.due_at = due_at(regime=notice.regime, valid_at=now) if has_clock else None
    notice.save(update_fields=["findings", "regime_version", "valid_at", "due_at"])


def _bring_up(case: Case) -> bool:
    """The case's clock is the one that ends first."""
    valid = list(case.notices.filter(valid_at__isnull=False))
    case.valid_at = min((n.valid_at for n in valid if n.valid_at), default=None)
    case.due_at = min((n.due_at for n in valid if n.due_at), default=None)
    case.save(update_fields=["valid_at", "due_at"])
    return bool(valid)


def _clock(notice: Notice) -> dict[str, Any]:
    return {"regime": notice.regime, "version": notice.regime_version, "due_at": notice.due_at}


def _write(notice: Notice, case: Case, answers: Answers) -> None:
    text = signing_text(regime(notice.regime), case.language, case.acts_as)
    held = {**asdict(answers), "declarations": sorted(answers.declarations), "text_digests": {}}
    is_signed = bool(answers.signature)
    notice.text_digest = text_digest(text) if is_signed else ""
    notice.box = seal_for_case(
        case.pk, {**held, "text": text if is_signed else ""}, context=f"notice:{notice.pk}"
    )
