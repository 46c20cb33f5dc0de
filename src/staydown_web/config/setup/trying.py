"""What the check would answer to an upload, without storing anything."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from staydown_web.banks.services import match_entries
from staydown_web.screening.services import fingerprint_media
from staydown_web.screening.services.judging import judge, verdict_of


@dataclass(frozen=True, slots=True)
class Tried:
    """What was found.

    Attributes:
        verdict: clear, hold or block.
        kind: photo or video.
        signals: names of the signals that were computed.
    """

    verdict: str
    kind: str
    signals: tuple[str, ...]


def try_upload(file: UploadedFile[Any], *, now: datetime) -> Tried:
    """Fingerprint an upload in a process of its own and look it up.

    Raises:
        InputError: it cannot be read.
    """
    handle = os.memfd_create("upload", os.MFD_CLOEXEC)  # memory, never a disk
    try:
        for chunk in file.chunks():
            os.write(handle, chunk)
        fingerprint = fingerprint_media(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
    found = match_entries(fingerprint)
    judged = judge(found, account="", sees_details=False, now=now) if found else []
    verdict = str(verdict_of(judged)) if judged else "clear"
    return Tried(verdict, str(fingerprint.kind), tuple(str(s.type) for s in fingerprint.signals))
