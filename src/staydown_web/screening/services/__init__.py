"""Content checked against banks: verdicts, copies, hits, counts."""

from staydown_web.screening.services.checking import Outcome, check
from staydown_web.screening.services.climbing import find_climbing
from staydown_web.screening.services.copies import (
    account_blind,
    forget_addresses,
    mark_copies,
    note_entry_of_copy,
    note_likeness,
    register_reported_copy,
)
from staydown_web.screening.services.counting import (
    blocked_weeks,
    count_blocks,
    count_together,
    forget_answers,
)
from staydown_web.screening.services.floods import find_floods, note_flood_seen, reopen_flood
from staydown_web.screening.services.keeping import flush_keeper, start_keeper
from staydown_web.screening.services.kept import keep_uploads, purge_kept, stop_keeping
from staydown_web.screening.services.library import FoundCopy, register_library_copy
from staydown_web.screening.services.media import fingerprint_media, start_decoding
from staydown_web.screening.services.recording import (
    flush_recorder,
    start_recorder,
)
from staydown_web.screening.services.taking_in import (
    LEFT_BEHIND_S,
    bring_check,
    take_in_findings,
)
from staydown_web.screening.services.tray import tray_path

__all__ = [
    "LEFT_BEHIND_S",
    "FoundCopy",
    "Outcome",
    "account_blind",
    "blocked_weeks",
    "bring_check",
    "check",
    "count_blocks",
    "count_together",
    "find_climbing",
    "find_floods",
    "fingerprint_media",
    "flush_keeper",
    "flush_recorder",
    "forget_addresses",
    "forget_answers",
    "keep_uploads",
    "mark_copies",
    "note_entry_of_copy",
    "note_flood_seen",
    "note_likeness",
    "purge_kept",
    "register_library_copy",
    "register_reported_copy",
    "reopen_flood",
    "start_decoding",
    "start_keeper",
    "start_recorder",
    "stop_keeping",
    "take_in_findings",
    "tray_path",
]
