"""Bodies of HMA's calls: JSON and forms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from pydantic import BaseModel, ValidationError

from staydown_web.base.errors import HmaRefusedError
from staydown_web.hma.forms.uploads import AnyFieldHandler
from staydown_web.hma.schemas import ContentMetadata
from staydown_web.screening.forms.uploads import MemoryFile

_MOST_NOTE = 255
_FORM_ROOM = 1 << 20
"""Bytes of a form beside its file."""
_READ = "_hma_form"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Notes:
    """What a program notes beside a content.

    Attributes:
        metadata: JSON values, or None.
        note: a sentence, or None.
    """

    metadata: dict[str, Any] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Form:
    files: list[str]
    file: MemoryFile | None


def is_json(request: HttpRequest) -> bool:
    """Whether the body is said to be JSON."""
    kind = str(request.META.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def read_body(request: HttpRequest, model: type[Model]) -> Model:
    """A JSON body of a known shape; one that is no JSON counts as an empty object.

    Raises:
        ValidationError: of pydantic; the answer is 422, as HMA gives it.
        HmaRefusedError: it is too long.
    """
    data: Any = {}
    if is_json(request):
        try:
            data = orjson.loads(_body(request)) or {}
        except orjson.JSONDecodeError:
            data = {}
    return model.model_validate(data)


def read_json_object(request: HttpRequest) -> dict[str, Any]:
    """A JSON body that is an object.

    Raises:
        HmaRefusedError: it is not.
    """
    if not is_json(request):
        raise HmaRefusedError("send JSON, and say so: Content-Type application/json", status=415)
    try:
        data = orjson.loads(_body(request))
    except orjson.JSONDecodeError:
        raise HmaRefusedError("the body is not JSON") from None
    if not isinstance(data, dict):
        raise HmaRefusedError("Request input was not a dict")
    return data


@contextmanager
def uploaded_media(request: HttpRequest, *, max_bytes: int) -> Iterator[tuple[str, MemoryFile]]:
    """The content type that a form names, and its one file, until the block ends.

    Raises:
        HmaRefusedError: no form, no file, more than one, or too large.
    """
    form = _read_form(request, max_bytes=max_bytes)
    try:
        if form.file is None:
            raise HmaRefusedError("Missing multipart/form-data file upload")
        if len(form.files) > 1:
            raise HmaRefusedError("Only one file allowed per request")
        yield form.files[0], form.file
    finally:
        if form.file is not None:
            form.file.close()


def notes_of(request: HttpRequest, *, max_bytes: int) -> Notes:
    """Metadata and note beside a content, from a JSON body or from fields of a form.

    Raises:
        HmaRefusedError: one of them cannot be taken.
    """
    metadata: Any = None
    note: Any = None
    if is_json(request):
        body = read_json_object(request)
        metadata, note = body.get("metadata"), body.get("note")
    elif request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data"):
        form = _read_form(request, max_bytes=max_bytes)
        try:
            note = request.POST.get("note")
            metadata = _json_of(request.POST.get("metadata"))
            clean = _metadata(metadata)
            return Notes(clean, refuse_note(note))
        except HmaRefusedError:
            if form.file is not None:
                form.file.close()
            raise
    return Notes(_metadata(metadata), refuse_note(note))


def refuse_note(note: Any) -> str | None:
    """A note, where it is one; an empty one is none.

    Raises:
        HmaRefusedError: no text, or too long.
    """
    if not note:
        return None
    if not isinstance(note, str):
        raise HmaRefusedError("note should be a string")
    if len(note) > _MOST_NOTE:
        raise HmaRefusedError(f"note must be at most {_MOST_NOTE} characters")
    return note


def _json_of(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HmaRefusedError("metadata form field must be valid JSON") from None


def _metadata(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise HmaRefusedError("metadata should be a json object")
    try:
        made = ContentMetadata.model_validate({k: v for k, v in given.items() if k != "collab"})
    except ValidationError as error:
        wrong = {str(row["loc"][0]) for row in error.errors() if row["loc"]}
        known = wrong & {"content_id", "content_uri", "json"}
        which = ", ".join(sorted(known)) or "a field that is not content_id, content_uri or json"
        raise HmaRefusedError(f"Invalid metadata: {which}") from None
    return made.model_dump(by_alias=True, exclude_none=True) or None


def _read_form(request: HttpRequest, *, max_bytes: int) -> _Form:
    """The form, read once: a second call gives what the first found."""
    known: _Form | None = getattr(request, _READ, None)
    if known is not None:
        return known
    if not request.META.get("CONTENT_TYPE", "").startswith("multipart/form-data"):
        return _Form([], None)
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if length.isascii() and length.isdigit() and int(length) > max_bytes + _FORM_ROOM:
        raise HmaRefusedError("Content too large", status=413)
    handler = AnyFieldHandler(request, max_bytes=max_bytes)
    request.upload_handlers = [handler]
    with _reading():
        file = next(iter(request.FILES.values()), None)
    form = _Form(handler.fields, file if isinstance(file, MemoryFile) else None)
    setattr(request, _READ, form)
    return form


def _body(request: HttpRequest) -> bytes:
    with _reading():
        return request.body


@contextmanager
def _reading() -> Iterator[None]:
    """Errors of reading a body, as refusals."""
    try:
        yield
    except RequestDataTooBig:
        raise HmaRefusedError("Content too large", status=413) from None
    except (MultiPartParserError, BadRequest, SuspiciousOperation, UnreadablePostError):
        raise HmaRefusedError("the body cannot be read: not a whole form") from None
