"""Whether a notice holds something of the person that its preview does not name."""

from __future__ import annotations

from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case
from staydown_web.cases.services.notices import answers_of
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.formats import leaks
from staydown_web.escalation.formats.facts import Composed
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.sender import sender_facts

_NAMES = {"signature": "signed_name", "name": "signed_name", "statement": "statement"}
_FIELDS = ("signature", "name", "email", "phone", "authority", "statement")


def unnamed_in(report: Report) -> int:
    """How many things of hers are in a notice that it does not say it shows; 0 is what must be.

    A thing within a text that it does show, such as her name in her own statement, is named.
    """
    if report.box is None:
        return 0
    held = unseal_for_case(report.case_id, report.box, context=f"report:{report.pk}")
    shown = set(held.get("shown") or ())
    private, named = _texts(report.case, shown)
    composed = Composed(
        format=report.format,
        body=str(held["body"]),
        media_type=str(held.get("media_type", "")),
        subject=str(held.get("subject", "")),
        headers=tuple(dict(held.get("headers") or {}).items()),
        shown=tuple(shown),
        fields=tuple((str(label), str(value)) for label, value in held.get("fields") or ()),
    )
    places = report.places.select_related("location")
    links = [url_of(one.location) for one in places]
    hidden = [text for text in private if not any(text.casefold() in one for one in named)]
    return len(leaks(composed, hidden, links=links, sender=sender_facts()))


def _texts(case: Case, shown: set[str]) -> tuple[list[str], list[str]]:
    """What she answered: what is not to be seen, and what is shown."""
    private: dict[str, None] = {}
    named: dict[str, None] = {}
    for notice in case.notices.filter(box__isnull=False):
        answers = answers_of(notice)
        for field in _FIELDS:
            text = str(getattr(answers, field)).strip()
            if text:
                is_shown = _NAMES.get(field) in shown
                (named if is_shown else private)[text.casefold() if is_shown else text] = None
    return list(private), list(named)
