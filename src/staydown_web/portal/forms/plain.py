"""The form on one page, for links alone and browsers without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict

from staydown_web.accounts.models import Platform
from staydown_web.cases.forms import Answers, Filing
from staydown_web.cases.models import Case
from staydown_web.regimes.schemas import Regime


def read_plain(
    posted: QueryDict, *, language: str, laws: Sequence[Regime], platform: Platform | None
) -> Filing:
    """A filing from the fields of the form; ``cases.forms`` checks what they hold.

    Args:
        posted: as sent.
        language: of the page, in which the texts were shown.
        laws: those that were offered; with one alone there was no question.
        platform: to which it is filed.
    """
    offered = [law.id for law in laws]
    chosen = [id_ for id_ in posted.getlist("regimes") if id_ in offered]
    regimes = offered if len(offered) == 1 else list(dict.fromkeys(chosen))
    acts_as = posted.get("acts_as", "")
    is_acting = acts_as == Case.ActsAs.REPRESENTATIVE
    declared = {name for name in ("on_service", "role") if posted.get(name)}
    mode = posted.get("withdrawal_mode", "")
    return Filing(
        way=Case.Way.LINK,
        acts_as=acts_as,
        is_adult_in_picture=posted.get("age") == "adult",
        language=language,
        regimes=regimes,
        urls=posted.get("urls", "").splitlines(),
        answers=Answers(
            statement=posted.get("statement", ""),
            place=posted.get("place", ""),
            signature=posted.get("signature", ""),
            is_good_faith=bool(posted.get("is_good_faith")),
            declarations=frozenset(declared),
            name=posted.get("name", ""),
            email=posted.get("email", ""),
            phone=posted.get("phone", ""),
            authority=posted.get("authority", "") if is_acting else "",
        ),
        withdrawal_mode=mode,
        safe_contact=posted.get("safe_contact", "") if mode == Case.WithdrawalMode.COOLING else "",
        platform=platform,
        flagger_code=posted.get("flagger_code", ""),
    )
