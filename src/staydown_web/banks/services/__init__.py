"""What changes banks and their entries, and the segments by which every process sees them."""

from staydown_web.banks.services.entries import (
    Added,
    add_entry,
    add_lawful_entry,
    withdraw_entries,
    withdraw_entry,
)
from staydown_web.banks.services.exports import EXPORT_APPROVAL, export_entries
from staydown_web.banks.services.imports import Imported, import_entries
from staydown_web.banks.services.intake import TakenIn, take_in_entries
from staydown_web.banks.services.left_folders import remove_left_folders
from staydown_web.banks.services.policy import default_bank, make_bank, set_policy
from staydown_web.banks.services.publishing import (
    catch_up,
    close_segments,
    examine_segments,
    follow_changes,
    is_ready,
    match_entries,
    near_photos,
    open_segments,
    purge_segments,
    same_files,
    save_snapshot,
    segments_version,
    share_snapshot,
    touch_after_commit,
    touch_segments,
)
from staydown_web.banks.services.standing import (
    confirm_entries,
    dispute_entries,
    doubt_seed,
    quarantine_entries,
    release_entry,
    renew_entries,
    renew_lawful_entry,
    settle_entry,
    unconfirm_entries,
)

__all__ = [
    "EXPORT_APPROVAL",
    "Added",
    "Imported",
    "TakenIn",
    "add_entry",
    "add_lawful_entry",
    "catch_up",
    "close_segments",
    "confirm_entries",
    "default_bank",
    "dispute_entries",
    "doubt_seed",
    "examine_segments",
    "export_entries",
    "follow_changes",
    "import_entries",
    "is_ready",
    "make_bank",
    "match_entries",
    "near_photos",
    "open_segments",
    "purge_segments",
    "quarantine_entries",
    "release_entry",
    "remove_left_folders",
    "renew_entries",
    "renew_lawful_entry",
    "same_files",
    "save_snapshot",
    "segments_version",
    "set_policy",
    "settle_entry",
    "share_snapshot",
    "take_in_entries",
    "touch_after_commit",
    "touch_segments",
    "unconfirm_entries",
    "withdraw_entries",
    "withdraw_entry",
]
