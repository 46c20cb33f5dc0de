"""What reviewers type, checked."""

from staydown_web.review.forms.deciding import MOST_FACTS, WRITTEN_IN, DecisionForm, written_in
from staydown_web.review.forms.licences import LicenceForm
from staydown_web.review.forms.platforms import (
    AskForm,
    LawfulForm,
    PlatformForm,
    PolicyForm,
    ReasonForm,
    RenewalForm,
)
from staydown_web.review.forms.stating import StatementForm
from staydown_web.review.forms.talking import HandForm, MessageForm

__all__ = [
    "MOST_FACTS",
    "WRITTEN_IN",
    "AskForm",
    "DecisionForm",
    "HandForm",
    "LawfulForm",
    "LicenceForm",
    "MessageForm",
    "PlatformForm",
    "PolicyForm",
    "ReasonForm",
    "RenewalForm",
    "StatementForm",
    "written_in",
]
