"""What changes cases. One function a use case, one transaction each."""

from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.services.adding import add_to_case, keep_threatened
from staydown_web.cases.services.agreements import (
    agree_to_partners,
    agree_to_providers,
    end_partners,
    end_providers,
)
from staydown_web.cases.services.appealing import begin_appeal, end_appeal
from staydown_web.cases.services.clock_pauses import pause_clock, resume_clock
from staydown_web.cases.services.contacts import confirm_contact, refuse_contact
from staydown_web.cases.services.erasing import erase_case, erase_needless
from staydown_web.cases.services.filing import Filed, file_case
from staydown_web.cases.services.messages import read_messages, send_message
from staydown_web.cases.services.minors import (
    VERY_SAME,
    Shown,
    close_cases_for_minor,
    close_for_minor,
    look_for,
)
from staydown_web.cases.services.opening import open_case
from staydown_web.cases.services.reaching import give_address
from staydown_web.cases.services.settling import derive_state, settle_item, settle_location
from staydown_web.cases.services.withdrawing import (
    ask_withdrawal,
    cancel_withdrawal,
    carry_out_withdrawal,
    case_of_withdrawal,
)

__all__ = [
    "VERY_SAME",
    "Answers",
    "Filed",
    "FiledFile",
    "Filing",
    "Shown",
    "add_to_case",
    "agree_to_partners",
    "agree_to_providers",
    "ask_withdrawal",
    "begin_appeal",
    "cancel_withdrawal",
    "carry_out_withdrawal",
    "case_of_withdrawal",
    "close_cases_for_minor",
    "close_for_minor",
    "confirm_contact",
    "derive_state",
    "end_appeal",
    "end_partners",
    "end_providers",
    "erase_case",
    "erase_needless",
    "file_case",
    "give_address",
    "keep_threatened",
    "look_for",
    "open_case",
    "pause_clock",
    "read_messages",
    "refuse_contact",
    "resume_clock",
    "send_message",
    "settle_item",
    "settle_location",
]
