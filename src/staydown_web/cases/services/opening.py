"""A case opens to its number and its six words; wrong ones cost time, and all look alike."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from staydown_web.base.errors import CaseNotOpenedError
from staydown_web.cases.models import Case
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.phrases import is_phrase
from staydown_web.cases.services.veiling import taken_back_until

FREE_TRIES = 5
LONGEST_PAUSE = timedelta(minutes=15)
"""Whoever knows the number alone can lock her out no longer than this; six words stay out of reach
at four guesses an hour for longer than the sun burns. Source: ADR-0028."""


def open_case(*, number: str, phrase: str, now: datetime) -> Case:
    """The case that this number and these words open.

    ``case.is_unveiled`` of the answer is False where the words are those that were in use before a
    withdrawal was stopped: such a page shows the case as taken back. Keep it in the session and
    give it to ``selectors.person_view``. Words of a page that says "taken back" are wrong once its
    time is over.

    Args:
        number: as typed, such as ``c 7q2m 4kxr``.
        phrase: as typed, whatever its case, spaces and hyphens.
        now: the moment, aware UTC.

    Raises:
        CaseNotOpenedError: the same for an unknown number, wrong words and a pause.

    Cost: two Argon2, also where the number is unknown.
    """
    case = Case.objects.filter(number=clean_number(number)).exclude(phrase_hash="").first()
    # Both are always computed: the time tells nothing of which number exists or what it has.
    is_hers = is_phrase(phrase, case.phrase_hash if case else "")
    is_veiled = is_phrase(phrase, case.veiled_phrase_hash if case else "")
    if case is None or (case.locked_until is not None and now < case.locked_until):
        raise CaseNotOpenedError
    until = taken_back_until(case, is_unveiled=is_hers)
    if not (is_hers or is_veiled) or (until is not None and until <= now):
        _note_failure(case, now)
        raise CaseNotOpenedError
    _note_opening(case, now)
    case.is_unveiled = is_hers
    return case


def clean_number(typed: str) -> str:
    """A case number as it was drawn, whatever its case, spaces and hyphens."""
    bare = re.sub(r"[^0-9A-Z]", "", typed[:60].upper())
    bare = bare[1:] if len(bare) == 9 and bare[0] == "C" else bare
    return f"C-{bare[:4]}-{bare[4:]}"


@transaction.atomic
def _note_failure(case: Case, now: datetime) -> None:
    Case.objects.filter(pk=case.pk).update(failed_phrases=F("failed_phrases") + 1)
    case.refresh_from_db(fields=["failed_phrases"])
    pause = pause_after(case.failed_phrases)
    if pause:
        Case.objects.filter(pk=case.pk).update(locked_until=now + pause)
    events = Events(case.pk, "system", now)
    events.add(
        "case_open_failed",
        f"case:{case.pk}",
        failures=case.failed_phrases,
        pause_s=int(pause.total_seconds()),
    )
    events.record()


@transaction.atomic
def _note_opening(case: Case, now: datetime) -> None:
    Case.objects.filter(pk=case.pk).filter(
        Q(failed_phrases__gt=0) | Q(locked_until__isnull=False)
    ).update(failed_phrases=0, locked_until=None)
    Case.objects.filter(pk=case.pk).update(touched_at=now)
    events = Events(case.pk, "person", now)
    events.add("case_opened", f"case:{case.pk}")
    events.record()


def pause_after(failures: int) -> timedelta:
    """No pause for the first tries, then one minute, two, four … up to the longest."""
    over = failures - FREE_TRIES
    return min(timedelta(minutes=2 ** min(over, 10)), LONGEST_PAUSE) if over >= 0 else timedelta(0)
