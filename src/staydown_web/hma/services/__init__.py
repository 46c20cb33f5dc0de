"""What HMA's calls do: who calls, hashing, looking up, and changing banks."""

from staydown_web.hma.services.banks import change_bank, delete_bank, make_bank, name_banks
from staydown_web.hma.services.callers import HmaCaller, caller_of
from staydown_web.hma.services.contents import (
    add_content,
    change_content,
    delete_content,
    enable_due,
    forget_withdrawn,
    withdraw_deleted,
)
from staydown_web.hma.services.hashing import Hashed, hash_address, hash_file
from staydown_web.hma.services.lookups import Found, look_up, raw_matches
from staydown_web.hma.services.signals import (
    CONTENT_TYPES,
    SIGNAL_TYPES,
    compare_signals,
    enabled_ratios,
    fingerprint_of_signals,
    read_signal,
    set_enabled_ratio,
    signal_types_for,
)

__all__ = [
    "CONTENT_TYPES",
    "SIGNAL_TYPES",
    "Found",
    "Hashed",
    "HmaCaller",
    "add_content",
    "caller_of",
    "change_bank",
    "change_content",
    "compare_signals",
    "delete_bank",
    "delete_content",
    "enable_due",
    "enabled_ratios",
    "fingerprint_of_signals",
    "forget_withdrawn",
    "hash_address",
    "hash_file",
    "look_up",
    "make_bank",
    "name_banks",
    "raw_matches",
    "read_signal",
    "set_enabled_ratio",
    "signal_types_for",
    "withdraw_deleted",
]
