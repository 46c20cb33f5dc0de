"""Every deliberate error of the library, in one tree.

An error knows a stable ``code`` and whether trying again can help. It knows nothing of exit
statuses or HTTP: the command line and the service each keep a table from code to status.
``docs/errors.md`` says what each code means and what to do.

The message names the file as the caller named it and the remedy. It never holds a hash or a name
out of a bank. Callers who must not log file names log ``code`` alone.
"""


class StaydownError(Exception):
    """Root of every deliberate error.

    Attributes:
        code: stable, lower case with underscores; part of the public contract.
        retryable: True where the same call may succeed later without a change.
    """

    code: str = "staydown_error"
    retryable: bool = False


class InputError(StaydownError):
    """The caller gave something that cannot be used."""

    code = "input_error"


class DecodeError(InputError):
    """The bytes are not a photo or video that can be opened."""

    code = "decode_failed"


class UnsupportedFormatError(DecodeError):
    """The bytes are of a kind that Staydown does not read."""

    code = "format_unsupported"


class NoPictureError(DecodeError):
    """The file opens, but holds no picture: a sound file, or a video without frames."""

    code = "no_picture"


class DecodeTimeoutError(DecodeError):
    """Decoding ran over its limit of time and was stopped."""

    code = "decode_timeout"


class DecodeCrashError(DecodeError):
    """The decoding process died on this file; the pool went on with a new one."""

    code = "decode_crashed"


class ContentTooLargeError(InputError):
    """More bytes, pixels or frames than the limits allow."""

    code = "content_too_large"


class FingerprintFormatError(InputError):
    """A fingerprint in JSON or binary form that does not follow its schema."""

    code = "fingerprint_invalid"


class ListFormatError(InputError):
    """A hash list (CSV, JSON, plain text) that cannot be read."""

    code = "list_invalid"


class HashShapeError(InputError):
    """An array of hashes with another dtype or shape than asked for."""

    code = "hash_shape"


class ThresholdError(InputError):
    """A threshold outside its range."""

    code = "threshold_range"


class EntryIdError(InputError):
    """An entry id that is empty, too long, or already taken."""

    code = "entry_id_invalid"


class EntryNotFoundError(InputError):
    """No entry with this id."""

    code = "entry_not_found"


class SourceError(InputError):
    """A path or address to scan that cannot be opened."""

    code = "source_unreadable"


class WorkerLostError(InputError):
    """A file whose workers were lost again and again, with their machines or by themselves."""

    code = "worker_lost"


class SnapshotError(StaydownError):
    """A bank or index file that cannot be used."""

    code = "snapshot_error"


class SnapshotForeignError(SnapshotError):
    """The file is not a Staydown file, or of another kind or version."""

    code = "snapshot_foreign"


class SnapshotDamagedError(SnapshotError):
    """The file is a Staydown file whose checksums or sizes do not hold."""

    code = "snapshot_damaged"


class SnapshotBusyError(SnapshotError):
    """Another process holds the writer lock."""

    code = "snapshot_busy"
    retryable = True


class SnapshotMissingError(SnapshotError):
    """There is no file at this path."""

    code = "snapshot_missing"


class SnapshotExistsError(SnapshotError):
    """A file is already at this path and would be overwritten."""

    code = "snapshot_exists"


class ConfigError(StaydownError):
    """Settings or surroundings that do not work: a missing extra, a bad limit."""

    code = "config_error"


class ClusterError(StaydownError):
    """A Ray cluster that cannot be reached, or has no worker that can do the work."""

    code = "cluster_unavailable"
