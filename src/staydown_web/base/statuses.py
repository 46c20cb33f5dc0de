"""The one table from error codes to HTTP statuses; a test holds it and docs/errors.md together."""

from __future__ import annotations

from staydown.errors import StaydownError

STATUS_OF_CODE: dict[str, int] = {
    "staydown_error": 500,
    "input_error": 400,
    "decode_failed": 422,
    "format_unsupported": 415,
    "no_picture": 422,
    "decode_timeout": 422,
    "decode_crashed": 422,
    "content_too_large": 413,
    "fingerprint_invalid": 400,
    "list_invalid": 400,
    "hash_shape": 400,
    "threshold_range": 400,
    "entry_id_invalid": 400,
    "entry_not_found": 404,
    "source_unreadable": 400,
    "snapshot_error": 503,
    "snapshot_foreign": 503,
    "snapshot_damaged": 503,
    "snapshot_busy": 503,
    "snapshot_missing": 503,
    "snapshot_exists": 503,
    "config_error": 500,
    "record_error": 409,
    "record_not_found": 404,
    "record_conflict": 409,
    "case_not_opened": 404,
    "fields_invalid": 400,
    "hma_refused": 400,
    "body_unreadable": 400,
    "content_type_unsupported": 415,
    "fingerprint_too_plain": 422,
    "idempotency_key_reused": 422,
    "not_allowed": 403,
    "key_missing": 401,
    "key_unknown": 401,
    "rate_limited": 429,
    "replica_ended": 403,
    "replica_cursor_unknown": 409,
    "check_late": 503,
    "seal_broken": 500,
    "audit_broken": 500,
    "audit_fact_refused": 500,
    "address_refused": 400,
    "address_unreachable": 503,
    "document_not_made": 503,
    "exchange_failed": 502,
    "exchange_auth": 502,
    "exchange_payload": 502,
    "exchange_unavailable": 503,
    "feed_broken": 502,
    "feed_unknown": 409,
    "member_unknown": 403,
    "signature_invalid": 401,
}


def http_status(error: StaydownError) -> int:
    """The HTTP status of an error, by its code; 500 where the table does not know it."""
    return STATUS_OF_CODE.get(error.code, 500)
