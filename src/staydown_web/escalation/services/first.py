"""First notices to sites that we do not serve: made, pasted, timed."""

from __future__ import annotations

from staydown_web.escalation.services.first_channels import set_channel
from staydown_web.escalation.services.first_making import (
    find_channels_of_waiting,
    make_first_notices,
)
from staydown_web.escalation.services.first_pasting import (
    mark_pasted,
    start_first_clocks,
    stop_first_notices,
    write_again,
)

__all__ = [
    "find_channels_of_waiting",
    "make_first_notices",
    "mark_pasted",
    "set_channel",
    "start_first_clocks",
    "stop_first_notices",
    "write_again",
]
