"""The legal or contractual ground of a statement, with an explanation; Article 17(3)(d) and (e)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import FALLBACK, open_start_words, regimes


@dataclass(frozen=True, slots=True)
class LegalGround:
    """One ground.

    Attributes:
        id: of the regime.
        is_law: a law; else the platform's own rules.
        reference: which law or rule.
        explanation: why this content falls under it.
    """

    id: str
    is_law: bool
    reference: str
    explanation: str


def legal_ground(id_: str, platform: str) -> LegalGround:
    """The ground of a regime, in the language of the moment; the rules where it is not known.

    Args:
        id_: of a regime.
        platform: its name, for its own rules.
    """
    law = regimes().get(id_)
    if law is None or law.kind is not Kind.LAW:
        return LegalGround(FALLBACK, is_law=False, **_rules(platform))
    reference = _reference(id_, law.title)
    explanation = f"{_explanation(id_)} {open_start_words(law)}".strip()
    return LegalGround(id_, is_law=True, reference=reference, explanation=explanation)


def main_ground(ids: tuple[str, ...], platform: str) -> LegalGround:
    """The ground that counts first; the platform's own rules where none is named."""
    return legal_ground(ids[0] if ids else FALLBACK, platform)


def _rules(platform: str) -> dict[str, str]:
    reference = _("The rules of %(platform)s against sharing intimate images without consent")
    return {
        "reference": reference % {"platform": platform},
        "explanation": _(
            "The rules allow no intimate picture or video of a person who did not agree to it "
            "being shared. That holds for changed and made-up pictures of a real person too."
        ),
    }


def _reference(id_: str, title: str) -> str:
    if id_ != "eu-dsa":
        return _(title)
    # The DSA says how to decide, not what is illegal: the ground is the law that it refers to.
    return _(
        "Laws of the member states against sharing intimate images without consent; see Directive "
        "(EU) 2024/1385, Article 5. Decided under Regulation (EU) 2022/2065, Articles 16 and 17"
    )


def _explanation(id_: str) -> str:
    words = {
        "us-tida": _(
            "This law has a site remove an intimate image of a person that was published without "
            "their consent, and known identical copies of it. It covers digital forgeries."
        ),
        "uk-osa": _(
            "This law has a site take down an intimate image that is shared without the consent of "
            "the person shown, and what is the same or substantially the same."
        ),
        "eu-dsa": _(
            "Making an intimate picture or video of a person public without their consent "
            "is illegal content, and so is a changed picture that makes a person look intimate."
        ),
    }
    return words.get(
        id_,
        _(
            "This law is about intimate pictures or videos that are shared without the consent of "
            "the person shown."
        ),
    )
