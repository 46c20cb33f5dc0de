"""What is done with exchanges: one function a use case."""

from staydown_web.exchanges.services.agreeing import (
    ask_contribution,
    ask_on,
    ask_trust,
    carry_out_granted,
    end_contribution,
    end_trust,
)
from staydown_web.exchanges.services.contributing import follow_news, settle_contributions
from staydown_web.exchanges.services.doubting import note_looked
from staydown_web.exchanges.services.fetching import fetch_due, fetch_exchange
from staydown_web.exchanges.services.keeping import forget_old_rows
from staydown_web.exchanges.services.leaving import finish_leaving, leave_exchange
from staydown_web.exchanges.services.making import (
    change_exchange,
    fetch_now,
    make_exchange,
    start_trial,
    switch_off,
    try_exchange,
)
from staydown_web.exchanges.services.sending import replay_given_up, send_due
from staydown_web.exchanges.services.standing import settle_due_trust
from staydown_web.exchanges.services.taking import take_in_page
from staydown_web.exchanges.services.telling import make_feedback

__all__ = [
    "ask_contribution",
    "ask_on",
    "ask_trust",
    "carry_out_granted",
    "change_exchange",
    "end_contribution",
    "end_trust",
    "fetch_due",
    "fetch_exchange",
    "fetch_now",
    "finish_leaving",
    "follow_news",
    "forget_old_rows",
    "leave_exchange",
    "make_exchange",
    "make_feedback",
    "note_looked",
    "replay_given_up",
    "send_due",
    "settle_contributions",
    "settle_due_trust",
    "start_trial",
    "switch_off",
    "take_in_page",
    "try_exchange",
]
