"""What reviewers type, checked."""

from staydown_web.review.forms.deciding import MOST_FACTS, DecisionForm
from staydown_web.review.forms.licences import LicenceForm
from staydown_web.review.forms.platforms import (
    ExportForm,
    LawfulForm,
    PlatformForm,
    PolicyForm,
    ReasonForm,
    RenewalForm,
)
from staydown_web.review.forms.talking import HandForm, MessageForm

__all__ = [
    "MOST_FACTS",
    "DecisionForm",
    "ExportForm",
    "HandForm",
    "LawfulForm",
    "LicenceForm",
    "MessageForm",
    "PlatformForm",
    "PolicyForm",
    "ReasonForm",
    "RenewalForm",
]
