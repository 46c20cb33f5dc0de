"""Deliberate errors of the service. The table of HTTP statuses is in ``base.statuses``."""

from __future__ import annotations

from staydown.errors import ConfigError, InputError, StaydownError

__all__ = [
    "AuditBrokenError",
    "AuditFactError",
    "BodyError",
    "BootstrapError",
    "CaseNotOpenedError",
    "CheckLateError",
    "ConfigError",
    "ContentTypeError",
    "DatabaseBusyError",
    "DatabaseUnreachableError",
    "ExchangeAuthError",
    "ExchangeError",
    "ExchangePayloadError",
    "ExchangeUnavailableError",
    "FeedBrokenError",
    "FeedUnknownError",
    "FetchError",
    "FetchRefusedError",
    "FieldsError",
    "FingerprintPlainError",
    "HmaRefusedError",
    "IdempotencyError",
    "InputError",
    "KeyMissingError",
    "KeyUnknownError",
    "MemberUnknownError",
    "NotAllowedError",
    "OutageError",
    "RateLimitedError",
    "RecordConflictError",
    "RecordError",
    "RecordNotFoundError",
    "ReplicaCursorError",
    "ReplicaEndedError",
    "ReportUnfitError",
    "SealError",
    "SegmentStoreError",
    "ServiceBusyError",
    "SignatureError",
    "StaydownError",
    "StorageFailedError",
    "TypesettingError",
]


class RecordError(StaydownError):
    """A record of the service is not as the call needs it."""

    code = "record_error"


class RecordNotFoundError(RecordError):
    """No such record, or not yours: the two are never told apart."""

    code = "record_not_found"


class RecordConflictError(RecordError):
    """The record is in a state that does not allow this; somebody may have been quicker."""

    code = "record_conflict"


class CaseNotOpenedError(RecordError):
    """Number and words do not belong together, or too many attempts: the same answer for all."""

    code = "case_not_opened"

    def __init__(self) -> None:
        super().__init__(
            "this number and these words do not open a page; check both, and after several "
            "attempts wait a quarter of an hour"
        )


class FieldsError(InputError):
    """Some fields of a form or request are missing or wrong.

    Attributes:
        fields: name of the field -> what to do about it, in words for the sender.
    """

    code = "fields_invalid"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("some fields are missing or wrong: " + ", ".join(sorted(fields)))
        self.fields = fields


class BodyError(InputError):
    """The body of a request cannot be read: not JSON, not a form, or cut off."""

    code = "body_unreadable"


class BootstrapError(InputError):
    """A list of RDAP servers is not in IANA's form."""

    code = "bootstrap_invalid"


class ContentTypeError(InputError):
    """The body of a request is of a kind that this call does not take."""

    code = "content_type_unsupported"


class FingerprintPlainError(InputError):
    """A fingerprint that would match a great many harmless pictures."""

    code = "fingerprint_too_plain"


class HmaRefusedError(InputError):
    """A call of HMA's interface that cannot be done, in HMA's words.

    Attributes:
        status: HTTP status of the answer.
    """

    code = "hma_refused"

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class ReportUnfitError(InputError):
    """A report that its format cannot hold: too many links, several hosts, no address."""

    code = "report_unfit"


class IdempotencyError(StaydownError):
    """An idempotency key came again with another request."""

    code = "idempotency_key_reused"


class NotAllowedError(StaydownError):
    """The caller is known, but may not do this."""

    code = "not_allowed"


class KeyMissingError(StaydownError):
    """A call without an API key."""

    code = "key_missing"


class KeyUnknownError(StaydownError):
    """An API key that was never made, or was revoked: the two are never told apart."""

    code = "key_unknown"


class RateLimitedError(StaydownError):
    """Too many calls in too short a time.

    Attributes:
        retry_after_s: whole seconds until a call is allowed again; 0 where that is not known.
    """

    code = "rate_limited"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ServiceBusyError(RateLimitedError):
    """More is asked of the service now than it can do; nothing was begun."""

    code = "service_busy"


class CheckLateError(StaydownError):
    """An upload could not be checked in the time that its hook may wait."""

    code = "check_late"
    retryable = True


class OutageError(StaydownError):
    """What the service stands on fails for the moment; ``base.outages`` tells what it is.

    Attributes:
        retry_after_s: whole seconds after which trying again makes sense.
        is_rolled_back: the database took everything back that had been begun, for sure.
    """

    code = "outage"
    retryable = True
    retry_after_s = 2
    is_rolled_back = False


class DatabaseUnreachableError(OutageError):
    """The database does not answer, or its connection broke: it restarts, or is taken over."""

    code = "database_unreachable"

    def __init__(self) -> None:
        super().__init__(
            "the database does not answer for the moment; try again in a few seconds, with the "
            "same token or content_ref where the call has one"
        )


class DatabaseBusyError(OutageError):
    """The database has too much to do, or two changes stood in each other's way."""

    code = "database_busy"

    def __init__(self, *, is_rolled_back: bool = False) -> None:
        super().__init__("the database is busy for the moment; try again in a few seconds")
        self.is_rolled_back = is_rolled_back


class BankNotReadyError(OutageError):
    """The bank cannot be searched for the moment, so that nothing can be said of an upload.

    It is being made anew. No answer must be taken for "no match": what happens to the upload is
    what the platform chose for the time without an answer.
    """

    code = "bank_not_ready"
    retry_after_s = 5

    def __init__(self) -> None:
        super().__init__(
            "the bank cannot be searched for the moment and is being made anew; this upload was "
            "not checked. Try again in a few seconds, and do until then as you chose for uploads "
            "without an answer"
        )


class StorageFailedError(OutageError):
    """A disk is full, read-only or broken: nothing can be stored until somebody acts."""

    code = "storage_failed"
    retry_after_s = 30

    def __init__(self) -> None:
        super().__init__(
            "a disk of this service takes nothing for the moment (full, read-only or broken), and "
            "nothing was stored; try again later"
        )


class ReplicaEndedError(StaydownError):
    """The agreement on a local copy has ended: the copy is to be destroyed."""

    code = "replica_ended"


class ReplicaCursorError(StaydownError):
    """A place in the order of changes that this database does not have: begin with a new copy."""

    code = "replica_cursor_unknown"


class SealError(StaydownError):
    """A sealed value cannot be opened: another key, a changed value, or an erased case."""

    code = "seal_broken"


class SegmentStoreError(StaydownError):
    """The object store of segments does not answer as it should; the database has everything."""

    code = "segment_store_failed"
    retryable = True


class AuditBrokenError(StaydownError):
    """The chain of events does not hold: something was changed, removed or put in."""

    code = "audit_broken"


class AuditFactError(StaydownError):
    """An event was to hold what the audit never holds: a defect of the caller, not of the data."""

    code = "audit_fact_refused"


class FetchRefusedError(InputError):
    """An address that the guarded fetcher does not go to."""

    code = "address_refused"


class FetchError(StaydownError):
    """An address did not answer as needed; ``retryable`` says whether later can help.

    Attributes:
        is_unsent: it failed before anything of a request had left, so that the other side cannot
            have acted on it; false where that is not known.
    """

    code = "address_unreachable"
    retryable = True

    def __init__(self, message: str, *, retryable: bool = True, is_unsent: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.is_unsent = is_unsent


class TypesettingError(StaydownError):
    """A document could not be made within its limits."""

    code = "document_not_made"
    retryable = True


class ExchangeError(StaydownError):
    """A partner's interface did not do what was asked."""

    code = "exchange_failed"


class ExchangeAuthError(ExchangeError):
    """A partner refuses our credentials: somebody has to act, trying again does not help."""

    code = "exchange_auth"


class ExchangePayloadError(ExchangeError):
    """A partner's answer that cannot be understood, or half of one."""

    code = "exchange_payload"


class ExchangeUnavailableError(ExchangeError):
    """A partner that cannot be reached, or asks to wait.

    Attributes:
        retry_after_s: seconds that it asks to wait; 0 where it does not say.
    """

    code = "exchange_unavailable"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class FeedBrokenError(ExchangePayloadError):
    """A feed that is not as it was signed: an event is forged, missing, moved or changed."""

    code = "feed_broken"


class FeedUnknownError(RecordError):
    """A call asks to go on with a feed, or from a place in it, that there is not."""

    code = "feed_unknown"


class MemberUnknownError(StaydownError):
    """An installation that is no member here, or none any more: the two are never told apart."""

    code = "member_unknown"


class SignatureError(StaydownError):
    """A request without a signature that holds: missing, of another key, too old, or used."""

    code = "signature_invalid"
