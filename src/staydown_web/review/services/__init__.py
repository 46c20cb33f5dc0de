"""What changes the queue: tasks come in, are taken, decided, undone and made firm."""

from staydown_web.review.services.addresses import point_to_media, take_in_addresses, take_in_left
from staydown_web.review.services.answering import decide_complaint, undo_complaint
from staydown_web.review.services.breaks import begin_break, end_break, note_exposure
from staydown_web.review.services.calendar import end_feed, make_feed
from staydown_web.review.services.complaining import file_complaint
from staydown_web.review.services.concluding import (
    drop_complaints,
    forget_complaints,
    settle_complaints,
)
from staydown_web.review.services.deciding import decide, undo_decision
from staydown_web.review.services.following import follow_clocks
from staydown_web.review.services.foretelling import (
    clear_statement,
    drop_statement,
    warn_of_unread,
)
from staydown_web.review.services.hearing import take_back_decision
from staydown_web.review.services.intake import (
    drop_needless,
    free_left_tasks,
    take_in_altered,
    take_in_copies,
    take_in_locations,
    take_in_set_aside,
)
from staydown_web.review.services.licences import add_licence, remove_licence
from staydown_web.review.services.minors import (
    cases_left,
    cases_to_close,
    close_case_for_minor,
    close_task_for_minor,
)
from staydown_web.review.services.settling import make_decisions_firm
from staydown_web.review.services.suspending import (
    answer_suspension_appeal,
    appeal_suspension,
    ask_suspension,
    end_suspensions,
    forget_suspensions,
    lift_suspension,
    warn_notifier,
)
from staydown_web.review.services.taking import free_task, hand_task, take_task
from staydown_web.review.services.terms import Terms
from staydown_web.review.services.unseen import drop_found, take_in_unseen

__all__ = [
    "Terms",
    "add_licence",
    "answer_suspension_appeal",
    "appeal_suspension",
    "ask_suspension",
    "begin_break",
    "cases_left",
    "cases_to_close",
    "clear_statement",
    "close_case_for_minor",
    "close_task_for_minor",
    "decide",
    "decide_complaint",
    "drop_complaints",
    "drop_found",
    "drop_needless",
    "drop_statement",
    "end_break",
    "end_feed",
    "end_suspensions",
    "file_complaint",
    "follow_clocks",
    "forget_complaints",
    "forget_suspensions",
    "free_left_tasks",
    "free_task",
    "hand_task",
    "lift_suspension",
    "make_decisions_firm",
    "make_feed",
    "note_exposure",
    "point_to_media",
    "remove_licence",
    "settle_complaints",
    "take_back_decision",
    "take_in_addresses",
    "take_in_altered",
    "take_in_copies",
    "take_in_left",
    "take_in_locations",
    "take_in_set_aside",
    "take_in_unseen",
    "take_task",
    "undo_complaint",
    "undo_decision",
    "warn_notifier",
    "warn_of_unread",
]
