"""The facts of a statement: a draft in the language of the moment, what was typed as a quotation.

All else of a statement is put into words when it is read. The facts are kept as they were written,
so they may be in another language than the page around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from staydown_web.review.models import Decision
from staydown_web.review.selectors.drafting import draft_again, stopped_draft
from staydown_web.review.selectors.quoting import spoken

if TYPE_CHECKING:
    from staydown_web.reports.selectors.statements import Said


@dataclass(frozen=True, slots=True)
class FactsWords:
    """The facts as they are shown.

    Attributes:
        text: what they say.
        language: in which a quotation was written, as a code; empty where nobody said so.
        note: whose words a quotation is; empty where it is none.
    """

    text: str
    language: str = ""
    note: str = ""


def facts_words(said: Said, decision: Decision, *, is_typed: bool | None = None) -> FactsWords:
    """The facts of a statement in the language of the moment, or as a quotation.

    Args:
        said: what the statement says.
        decision: which it is about.
        is_typed: whether a person wrote them; None where the decision itself says so.

    Cost: two queries, where the facts may be a draft.
    """
    if said.automation == Decision.Automation.FULL:
        return FactsWords(stopped_draft(is_video=said.content_kind == "video"))
    drafted = draft_again(decision, said.facts, is_opened=said.is_opened)
    if drafted:
        return FactsWords(drafted)
    if not (decision.facts_box is not None if is_typed is None else is_typed):
        return FactsWords(said.facts, note=_("As it was written down with the decision."))
    code = decision.facts_language
    if not code or code == get_language():
        return FactsWords(said.facts, code, _("In the words of whoever decided."))
    note = _("In the words of whoever decided (%(language)s).") % {"language": spoken(code)}
    return FactsWords(said.facts, code, note)
