"""Forms on one page, for links alone and browsers without JavaScript."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from django.http import QueryDict

from staydown_web.accounts.models import Platform
from staydown_web.cases.forms import Answers, Filing
from staydown_web.cases.models import Case
from staydown_web.portal.forms.document import Addition
from staydown_web.regimes.schemas import Regime

_WORDS: Final = ("statement", "place", "signature", "name", "email", "phone", "authority")


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
            declarations=_declared(posted),
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


def read_addition_plain(posted: QueryDict, *, taken: Collection[str]) -> Addition:
    """What is added to a case, from the fields of the form.

    Args:
        posted: as sent.
        taken: names of the fields that are asked; the others are passed over.
    """
    words = {name: posted.get(name, "").strip() for name in _WORDS if name in taken}
    is_good_faith = "is_good_faith" in taken and bool(posted.get("is_good_faith"))
    declared = _declared(posted).intersection(taken)
    is_signed = bool(words.get("signature") or is_good_faith or declared)
    answers = Answers(
        is_good_faith=is_good_faith,
        declarations=declared,
        # What she read: another text of now is not signed by it.
        text_digests=_shown(posted) if is_signed else {},
        **words,
    )
    return Addition(urls=tuple(urls_of(posted)), files=(), answers=answers)


def urls_of(posted: QueryDict) -> list[str]:
    """The lines that are not empty."""
    return [line for line in posted.get("urls", "").splitlines() if line.strip()]


def _declared(posted: QueryDict) -> frozenset[str]:
    return frozenset(name for name in ("on_service", "role") if posted.get(name))


def _shown(posted: QueryDict) -> dict[str, str]:
    """Law -> digest of the text that stood on the form."""
    pairs = [one.partition("=") for one in posted.getlist("shown")]
    return {law: digest for law, _, digest in pairs}
