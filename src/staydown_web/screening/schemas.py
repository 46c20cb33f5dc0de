"""What the check calls take and give, as the OpenAPI says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema

VerdictName = Literal["clear", "hold", "block"]


class Problem(Schema):
    """An error, as RFC 9457 has it. ``fields`` is there where some of the request are wrong."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str] | None = None


class ShownMatch(Schema):
    """A match, for keys with the scope ``match:detail``."""

    entry_id: UUID
    kind: Literal["identical", "same", "part", "altered"]
    score: float
    evidence: dict[str, Any]
    bank: str
    response: Literal["log", "hold", "block"]


class CheckAnswer(Schema):
    """What to do with an upload. ``matches`` is there for keys with ``match:detail`` alone.

    ``ignored_signals`` is there where a fingerprint has signals of later versions than are known.
    """

    verdict: VerdictName
    check_id: UUID
    matches: list[ShownMatch] | None = None
    ignored_signals: list[str] | None = None


class BatchRow(Schema):
    """The answer to one check of a batch, or its problem."""

    verdict: VerdictName | None = None
    check_id: UUID | None = None
    matches: list[ShownMatch] | None = None
    ignored_signals: list[str] | None = None
    problem: Problem | None = None


class BatchAnswer(Schema):
    """The answers, in the order of the checks."""

    answers: list[BatchRow]


class StoredCheck(Schema):
    """What is stored of a check that held, blocked, or was noted."""

    check_id: UUID
    verdict: VerdictName
    state: Literal["seen", "held", "blocked", "removed", "restored", "gone"]
    source: Literal["upload", "library", "notice"]
    content_ref: str
    seen_at: datetime
    state_at: datetime
    matches: list[ShownMatch] | None = None


class StoredChecks(Schema):
    """Checks, oldest first; ``next`` is what to send as ``after`` for those that follow."""

    hits: list[StoredCheck]
    next: str


_SIGNAL: dict[str, Any] = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {
        "type": {"type": "string", "enum": ["sha256", "md5", "pdq", "windows/1", "timeline/1"]},
        "value": {
            "type": "string",
            "description": "lower-case hex of sha256, md5, pdq; base64 of the others",
        },
        "quality": {"type": "integer", "minimum": 0, "maximum": 100},
    },
}
_TYPE: dict[str, Any] = {
    "description": "one of "
    + ", ".join(_SIGNAL["properties"]["type"]["enum"])
    + ", or one of a later version, which is ignored",
    "anyOf": [
        _SIGNAL["properties"]["type"],
        {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}/[1-9][0-9]{0,3}$"},
    ],
}
FINGERPRINT: dict[str, Any] = {
    "type": "object",
    "required": ["version", "kind", "signals"],
    "properties": {
        "version": {"type": "integer", "enum": [1]},
        "kind": {"type": "string", "enum": ["photo", "video"]},
        "signals": {
            "type": "array",
            "items": {**_SIGNAL, "properties": {**_SIGNAL["properties"], "type": _TYPE}},
            "minItems": 1,
        },
    },
}
_PLACE: dict[str, Any] = {
    "content_ref": {"type": "string", "maxLength": 200, "description": "your own id for it"},
    "url": {
        "type": "string",
        "maxLength": 2000,
        "description": "its address on your service, http or https",
    },
}
_ACCOUNT: dict[str, Any] = {
    "account": {
        "type": "string",
        "maxLength": 200,
        "description": "your own id of who uploads; kept as a keyed digest alone",
    }
}
_CHECK: dict[str, Any] = {
    "type": "object",
    "description": "either `signals` or `fingerprint`",
    "additionalProperties": False,
    "properties": {
        "signals": {"type": "array", "items": _SIGNAL, "minItems": 1},
        "kind": {"type": "string", "enum": ["photo", "video"], "default": "photo"},
        "fingerprint": FINGERPRINT,
        **_PLACE,
        **_ACCOUNT,
    },
}
_MEDIA: dict[str, Any] = {
    "type": "object",
    "required": ["media"],
    "additionalProperties": False,
    "properties": {
        "media": {"type": "string", "format": "binary"},
        "signals": {"type": "string", "description": "only these, such as `pdq,sha256`"},
        **_PLACE,
        **_ACCOUNT,
    },
}
_BOX: dict[str, Any] = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 4,
    "maxItems": 4,
    "description": "left, top, right and bottom, as fractions of width and height",
}
_EVIDENCE: dict[str, Any] = {
    "type": "object",
    "description": "why it is one; each part may be left out",
    "properties": {
        "reason": {"type": "string", "description": "one plain sentence"},
        "distance": {
            "type": "integer",
            "minimum": 0,
            "maximum": 256,
            "description": "bits between the `pdq` of both",
        },
        "points": {"type": "integer", "minimum": 0, "description": "window points that agree"},
        "transform": {
            "type": "object",
            "description": "how the file lies on the entry",
            "required": ["matrix", "mirrored", "rotation_deg", "scale"],
            "properties": {
                "matrix": {
                    "type": "array",
                    "items": {"type": "number"},
                    "minItems": 6,
                    "maxItems": 6,
                    "description": "six numbers of an affine map",
                },
                "mirrored": {"type": "boolean"},
                "rotation_deg": {"type": "number"},
                "scale": {"type": "number"},
            },
        },
        "query_box": _BOX,
        "entry_box": _BOX,
        "time_span": {
            "type": "object",
            "description": "which stretch of a video is which of the entry, in seconds",
            "required": ["query_start_s", "query_end_s", "entry_start_s", "entry_end_s"],
            "properties": {
                "query_start_s": {"type": "number"},
                "query_end_s": {"type": "number"},
                "entry_start_s": {"type": "number"},
                "entry_end_s": {"type": "number"},
            },
        },
        "altered_cells": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 65535},
            "minItems": 16,
            "maxItems": 16,
            "description": "rows of 16 bits: the cells whose content differs",
        },
    },
}
_MATCH: dict[str, Any] = {
    "type": "object",
    "description": "a match, as `staydown scan --json` writes it",
    "required": ["entry_id", "kind"],
    "properties": {
        "entry_id": {"type": "string", "format": "uuid", "description": "the entry, a UUID"},
        "kind": {"type": "string", "enum": ["identical", "same", "part", "altered"]},
        "score": {"type": "number", "minimum": 0, "maximum": 1, "default": 1.0},
        "evidence": _EVIDENCE,
    },
}
_FOUND: dict[str, Any] = {
    "type": "object",
    "description": "`fingerprint`, or `matches` as `staydown scan --json` writes them",
    "required": ["content_ref"],
    "properties": {
        **_PLACE,
        "fingerprint": FINGERPRINT,
        "match": _MATCH,
        "matches": {"type": "array", "items": _MATCH},
    },
}
_KEY_HEADER: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same key and request give the same answer for a day.",
}


def _list_of(name: str, item: dict[str, Any], most: int) -> dict[str, Any]:
    rows = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
    return {"type": "object", "required": [name], "properties": {name: rows}}


def _body(**kinds: dict[str, Any]) -> dict[str, Any]:
    names = {"json": "application/json", "form": "multipart/form-data"}
    content = {names[kind]: {"schema": schema} for kind, schema in kinds.items()}
    return {"required": True, "content": content}


CHECK_EXTRA = {"parameters": [_KEY_HEADER], "requestBody": _body(json=_CHECK, form=_MEDIA)}
BATCH_EXTRA = {"requestBody": _body(json=_list_of("checks", _CHECK, 100))}
HITS_EXTRA = {"requestBody": _body(json=_list_of("hits", _FOUND, 100))}
