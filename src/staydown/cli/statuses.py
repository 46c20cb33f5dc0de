"""Exit statuses of the command line, and which error code ends in which.

``docs/errors.md`` prints the same table; a test compares the two with ``staydown.errors``.
"""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType

from staydown.errors import StaydownError


class ExitStatus(IntEnum):
    """What ``staydown`` exits with. ``match`` and ``scan`` answer as virus scanners do."""

    DONE = 0
    """Everything was done; ``match`` and ``scan``: every file was checked and none matches."""
    MATCH = 1
    """``match`` and ``scan``: every file was checked and at least one matches."""
    USAGE = 2
    """The command line itself is wrong."""
    INCOMPLETE = 3
    """Some files failed. What could be done is done; matches, if any, are in the output."""
    INPUT = 4
    """What was given cannot be used: a file, a list, an entry id, a threshold."""
    BANK_FILE = 5
    """The bank or index file is missing, foreign, damaged or in the way."""
    BUSY = 6
    """Another process writes to the bank file. Try again."""
    CONFIG = 7
    """Settings or surroundings do not work."""
    INTERNAL = 70
    """A defect in Staydown. Please report it."""
    INTERRUPTED = 130
    """Ctrl-C. What was acknowledged is kept."""
    CLOSED_OUTPUT = 141
    """Whoever read the output has stopped reading."""
    TERMINATED = 143
    """SIGTERM. What was acknowledged is kept."""


STATUS_OF_CODE = MappingProxyType(
    {
        "staydown_error": ExitStatus.INTERNAL,
        "input_error": ExitStatus.INPUT,
        "decode_failed": ExitStatus.INPUT,
        "format_unsupported": ExitStatus.INPUT,
        "no_picture": ExitStatus.INPUT,
        "decode_timeout": ExitStatus.INPUT,
        "decode_crashed": ExitStatus.INPUT,
        "content_too_large": ExitStatus.INPUT,
        "fingerprint_invalid": ExitStatus.INPUT,
        "list_invalid": ExitStatus.INPUT,
        "hash_shape": ExitStatus.INPUT,
        "threshold_range": ExitStatus.INPUT,
        "entry_id_invalid": ExitStatus.INPUT,
        "entry_not_found": ExitStatus.INPUT,
        "source_unreadable": ExitStatus.INPUT,
        "worker_lost": ExitStatus.INPUT,
        "snapshot_error": ExitStatus.BANK_FILE,
        "snapshot_foreign": ExitStatus.BANK_FILE,
        "snapshot_damaged": ExitStatus.BANK_FILE,
        "snapshot_busy": ExitStatus.BUSY,
        "snapshot_missing": ExitStatus.BANK_FILE,
        "snapshot_exists": ExitStatus.BANK_FILE,
        "config_error": ExitStatus.CONFIG,
        "cluster_unavailable": ExitStatus.CONFIG,
    }
)
"""Exit status of each error code, where one error ends the whole command."""


def status_of(error: StaydownError) -> ExitStatus:
    """The exit status that an error ends the command with."""
    return STATUS_OF_CODE.get(error.code, ExitStatus.INTERNAL)
