"""The record of a signature: what was shown, when, its digest, and how it was signed."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.forms import Answers
from staydown_web.cases.models import Case, Notice, Signature
from staydown_web.regimes.selectors import regime, signing_text, text_digest


def sign_notice(*, notice: Notice, case: Case, answers: Answers, now: datetime) -> Signature | None:
    """Record what was just signed or declared under one law; nothing where nothing was.

    Args:
        notice: that it is about, stored.
        case: of the notice.
        answers: what came in this sending alone, not what was there before.
        now: the moment of receipt, aware UTC.

    Returns:
        The record; None where neither a name was typed nor anything ticked.
    """
    if not (answers.signature or answers.is_good_faith or answers.declarations):
        return None
    text = signing_text(regime(notice.regime), case.language, case.acts_as)
    digest = text_digest(text)
    id_ = new_id()
    held = {
        "text": text,
        "typed": answers.signature,
        "is_good_faith": answers.is_good_faith,
        "is_complete": answers.is_good_faith,  # the sentence says so; before it did not
        "declarations": sorted(answers.declarations),
        "authority": answers.authority,
        "shown_at": answers.shown_at,
    }
    return Signature.objects.create(
        id=id_,
        case=case,
        notice=notice,
        regime_version=notice.regime_version,
        language=case.language,
        acts_as=case.acts_as,
        digest=digest,
        was_sent_back=answers.text_digests.get(notice.regime) == digest,
        is_typed=bool(answers.signature),
        box=seal_for_case(case.pk, held, context=f"signature:{id_}"),
        signed_at=now,
    )
