"""The sample case: filed once, so that a newcomer can look at one before filing her own."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

import staydown
from staydown_web.accounts.models import Platform
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case
from staydown_web.cases.services import file_case
from staydown_web.config.demo.platform.seeds import MEDIA
from staydown_web.regimes.selectors import regime, signing_text, text_digest

LAW = "us-tida"
PICTURE = "bee"


def sample_path(folder: Path) -> Path:
    """Where the number and the phrase of the sample case are kept, for the guide."""
    return folder / "sample.json"


def read_sample(folder: Path) -> dict[str, str]:
    """Number and phrase of the sample case; empty before it is filed."""
    try:
        found: dict[str, str] = json.loads(sample_path(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def file_sample(*, platform: Platform, folder: Path, now: datetime) -> bool:
    """File the sample case where there is none yet.

    Returns:
        Whether it was filed now.
    """
    number = read_sample(folder).get("number", "")
    if Case.objects.filter(number=number).exists():
        return False
    picture = MEDIA / f"{PICTURE}.jpg"
    fingerprint = staydown.fingerprint(picture)  # in a decoding process of its own
    text = signing_text(regime(LAW), "en", Case.ActsAs.SELF)
    filing = Filing(
        way=Case.Way.PUBLISHED,
        acts_as=Case.ActsAs.SELF,
        is_adult_in_picture=True,
        language="en",
        regimes=[LAW],
        urls=[f"{settings.STAYDOWN_DEMO_ORIGIN}/p/{PICTURE}"],
        files=[FiledFile(fingerprint, name=picture.name, size_bytes=picture.stat().st_size)],
        answers=Answers(
            statement="A sample: it stands for a picture that was shared without consent.",
            signature="Ada Example",
            is_good_faith=True,
            declarations=frozenset({"on_service", "role"}),
            name="Ada Example",
            email="sample@commonplace.example",
            text_digests={LAW: text_digest(text)},
        ),
        platform=platform,
    )
    with transaction.atomic():  # a full disk leaves no case that nobody can open
        filed = file_case(filing=filing, now=now)
        handle = os.open(sample_path(folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({"number": filed.case.number, "phrase": filed.phrase}, file)
    return True
