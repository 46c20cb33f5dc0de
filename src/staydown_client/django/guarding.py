"""One file against the service, for the upload handler, the storage, and your own code."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.http import HttpRequest, HttpResponse

from staydown_client.django.choices import choices
from staydown_client.errors import ClientError
from staydown_client.records import Check
from staydown_client.uploads.inspection import IncomingFile
from staydown_client.uploads.judging import asked_of, state_of
from staydown_client.uploads.refusing import answer_to
from staydown_client.uploads.rules import FileCheck, Refusal, Upload
from staydown_client.uploads.sniffing import SNIFF_BYTES, is_wanted
from staydown_client.uploads.spool import Spool

_MARK = "staydown"


class UploadRefusedError(PermissionDenied):
    """An upload that is not stored. Without the middleware, Django answers with 403.

    Attributes:
        refusal: why.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("this file cannot be uploaded here")
        self.refusal = refusal


def check_spool(
    spool: Spool, *, field: str, content_type: str, request: HttpRequest | None
) -> FileCheck | None:
    """Check what was taken in; None where it is neither photo nor video.

    Raises:
        UploadRefusedError: it may not be stored.
    """
    rules, client = choices().rules, choices().client
    head = spool.head(SNIFF_BYTES)
    is_every_file = rules.files == "all"
    if not head or not is_wanted(head, content_type, is_file=True, is_every_file=is_every_file):
        return None
    found: Check | ClientError
    try:
        account = rules.account_of(request) if rules.account_of and request is not None else ""
        found = client.check(**asked_of(rules, IncomingFile(field, spool), account))
    except ClientError as error:
        found = error
    checked = state_of(rules, field, found)
    refusal = rules.refusal_of(checked)
    if refusal is not None:
        raise UploadRefusedError(refusal)
    return checked


def check_file(file: File[Any], *, request: HttpRequest | None = None) -> FileCheck | None:
    """Check any file of Django's; afterwards it is at its start again.

    Args:
        file: what is to be stored.
        request: with which it came, for ``ACCOUNT_OF``; None where there is none.

    Returns:
        What came of it; None where it is neither photo nor video.

    Raises:
        UploadRefusedError: it may not be stored.
        SettingError: ``STAYDOWN`` is missing or wrong.
    """
    with Spool(choices().rules.memory_bytes) as spool:
        for piece in file.chunks():
            spool.write(piece.encode() if isinstance(piece, str) else piece)
        file.seek(0)
        said = getattr(file, "content_type", "") or ""
        return check_spool(spool, field=file.name or "", content_type=said, request=request)


async def acheck_file(file: File[Any], *, request: HttpRequest | None = None) -> FileCheck | None:
    """See ``check_file``; asks in a thread of its own."""
    asking = sync_to_async(check_file, thread_sensitive=False)
    return await asking(file, request=request)


def note_checked(request: HttpRequest, checked: FileCheck) -> None:
    """Keep with the request what came of a file."""
    files = (*upload_of(request).files, checked)
    setattr(request, _MARK, choices().rules.upload_of(files))


def upload_of(request: HttpRequest) -> Upload:
    """What came of the files of a request, after ``request.FILES`` was read."""
    upload = getattr(request, _MARK, None)
    return upload if isinstance(upload, Upload) else Upload()


def response_to(refusal: Refusal) -> HttpResponse:
    """The answer to a request that was refused."""
    answer = answer_to(choices().rules, refusal)
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type=answer.content_type,
        headers=dict(answer.headers),
    )
