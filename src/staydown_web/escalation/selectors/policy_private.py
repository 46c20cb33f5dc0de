"""What must not be in a report to a provider: anything of the person, and a duty that binds it not.

Both are looked for when a report is made and again before each signature.
"""

from __future__ import annotations

import re
from typing import Any

from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case
from staydown_web.cases.services.notices import answers_of
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.formats import leaks
from staydown_web.escalation.formats.facts import Composed
from staydown_web.escalation.formats.unwrapping import texts_of
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.sender import sender_facts

_FIELDS = ("signature", "name", "email", "phone", "authority", "statement")
_DUTY = re.compile(
    r"\b48[\s-]*(?:hours?|stunden|horas|heures)\b"
    r"|forty[\s-]eight\s+hours|achtundvierzig\s+stunden|cuarenta\s+y\s+ocho\s+horas"
    r"|quarante[\s-]huit\s+heures"
    r"|take\s+it\s+down\s+act|\busc\s+223a\b|section\s+20a\b|abschnitt\s+20a\b",
    re.IGNORECASE,
)
"""The time that a law gives to the site, in our four languages, and the names of such laws."""
_NAMES = re.compile(r"\S*\w\.\w\S*")
"""Links and domains: a site may be called after the law, or after 48 hours."""


def private_of(case: Case) -> list[str]:
    """What a case holds of the person: names, addresses, words, names and digests of her files.

    Cost: two queries.
    """
    found: dict[str, None] = {}
    if case.details_box is not None:
        _take(found, unseal_for_case(case.pk, case.details_box, context="details"))
    for notice in case.notices.filter(box__isnull=False):
        answers = answers_of(notice)
        _take(found, [getattr(answers, field) for field in _FIELDS])
    for item in case.items.filter(label_box__isnull=False):
        _take(found, unseal_for_case(case.pk, item.label_box or b"", context=f"item:{item.pk}"))
    return list(found)


def composed_of(report: Report) -> Composed:
    """What a stored report is, unsealed.

    Raises:
        SealError: the case was erased, or the box was changed.
    """
    held = unseal_for_case(report.case_id, report.box or b"", context=f"report:{report.pk}")
    return Composed(
        format=report.format,
        body=str(held["body"]),
        media_type=str(held.get("media_type", "")),
        subject=str(held.get("subject", "")),
        headers=tuple(dict(held.get("headers") or {}).items()),
        shown=tuple(held.get("shown") or ()),
        fields=tuple((str(label), str(value)) for label, value in held.get("fields") or ()),
    )


def leaks_in(report: Report) -> int:
    """How many things of the person are in a report to a provider; 0 is what must be."""
    links = [url_of(place.location) for place in report.places.select_related("location")]
    private = private_of(report.case)
    return len(leaks(composed_of(report), private, links=links, sender=sender_facts()))


def claims_duty(composed: Composed) -> bool:
    """Whether a text speaks of the time that binds the site, as if it bound the provider."""
    texts = texts_of(composed, as_sent=True)
    return any(_DUTY.search(_NAMES.sub(" ", text)) for text in texts)


def _take(found: dict[str, None], value: Any) -> None:
    match value:
        case str():
            if len(value.strip()) > 1:
                found[value.strip()] = None
        case dict():
            _take(found, [v for k, v in value.items() if k not in _PLAIN])
        case list() | tuple():
            for one in value:
                _take(found, one)
        case _:
            return


_PLAIN = frozenset({"modified_on", "acts_as", "size_bytes", "language"})
"""Days, sizes and choices: no more hers than anybody's."""
