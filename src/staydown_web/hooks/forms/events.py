"""Events of buckets, as MinIO, Ceph and S3 itself write them, and as EventBridge hands them on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from staydown_web.base.errors import FieldsError
from staydown_web.hooks.services.buckets import Seen

MOST_RECORDS = 1_000
_LONGEST_KEY = 1024


def objects_of(data: Mapping[str, Any], *, bucket: str) -> list[Seen]:
    """The objects of this bucket that an event says were made; other events are no error.

    Raises:
        FieldsError: neither ``Records`` nor ``detail``, too many, or names that are none.
    """
    records = data.get("Records")
    if isinstance(records, list):
        if len(records) > MOST_RECORDS:
            raise FieldsError({"Records": f"at most {MOST_RECORDS} of them"})
        return list(_of_records(records, bucket))
    if isinstance(data.get("detail"), dict):
        return list(_of_detail(data, bucket))
    raise FieldsError({"Records": "the events of a bucket"})


def _of_records(records: list[Any], bucket: str) -> Iterator[Seen]:
    for record in records:
        part = _dict(record, "s3")
        what = record.get("eventName")
        is_made = isinstance(what, str) and what.removeprefix("s3:").startswith("ObjectCreated")
        if not is_made or _dict(part, "bucket").get("name") != bucket:
            continue
        found = _dict(part, "object")
        # The name is written as in an address here: the sender encodes it, a plus for a space.
        key = unquote_plus(_text(found.get("key")))
        yield _seen(key, found.get("versionId"), found.get("eTag"), found.get("sequencer"))


def _of_detail(data: Mapping[str, Any], bucket: str) -> Iterator[Seen]:
    detail = _dict(data, "detail")
    if data.get("detail-type") != "Object Created" or _dict(detail, "bucket").get("name") != bucket:
        return
    found = _dict(detail, "object")
    key = _text(found.get("key"))
    yield _seen(key, found.get("version-id"), found.get("etag"), found.get("sequencer"))


def _seen(key: str, version: Any, etag: Any, sequencer: Any) -> Seen:
    if not key or len(key.encode()) > _LONGEST_KEY or "\x00" in key:
        raise FieldsError({"key": f"a name of 1 to {_LONGEST_KEY} bytes"})
    parts = [str(part or "")[:200] for part in (version, etag, sequencer)]
    named = "" if parts[0] == "null" else parts[0]
    return Seen(key, named, "|".join(parts))


def _dict(data: Any, name: str) -> Mapping[str, Any]:
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, Mapping):
        raise FieldsError({name: "an object"})
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise FieldsError({"key": "a text"})
    return value
