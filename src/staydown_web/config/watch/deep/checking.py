"""Everything that the deep check looks at, in order, within a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from django.utils import translation

from staydown.cli.checks import Check, Health
from staydown_web.base.clock import utc_now
from staydown_web.config.watch.deep.boxed import DeepCheck, run_boxed
from staydown_web.config.watch.deep.called import api_check, bank_check
from staydown_web.config.watch.deep.stored import (
    INTEGRITY_WITHIN_S,
    audit_check,
    cases_check,
    clocks_check,
    disk_speed_check,
    fields_check,
    integrity_check,
    snapshots_check,
)
from staydown_web.config.watch.looking import look
from staydown_web.config.watch.troubles import Level, Part, Seen
from staydown_web.config.watch.well import well_words
from staydown_web.config.watch.words import kind_of, told

WHOLE_S: Final = 120.0
"""How long all of it may take, whatever the size of the installation."""

_HEALTH: Final = {
    Level.BROKEN: Health.BROKEN,
    Level.LIMITED: Health.WARNING,
    Level.NOTE: Health.WARNING,
}
CHECKS: Final = (
    DeepCheck("speed", disk_speed_check, 15.0, "See whether another program uses the disk."),
    DeepCheck(
        "integrity",
        integrity_check,
        INTEGRITY_WITHIN_S,
        "A large database takes longer: try at night.",
    ),
    DeepCheck("clocks", clocks_check, 5.0, "See whether the database answers."),
    DeepCheck("fields", fields_check, 15.0, "See whether the database answers."),
    DeepCheck("cases", cases_check, 15.0, "See whether the database answers."),
    DeepCheck("copies", snapshots_check, 30.0, "A large bank takes longer."),
    DeepCheck("entry", bank_check, 30.0, "Opening a large bank takes longer."),
    DeepCheck("api", api_check, 30.0, "See whether the web server answers."),
    DeepCheck("chain", audit_check, 60.0, "Run `staydown audit verify`: it has no limit."),
)


def deep_checks(*, whole_s: float = WHOLE_S) -> Iterator[Check]:
    """One line for each part of the service as it stands, then one for each deep check."""
    ends_at = time.monotonic() + whole_s
    with translation.override("en"):
        yield from standing_checks(look(utc_now()))
    for check in CHECKS:
        yield run_boxed(check, left_s=ends_at - time.monotonic())


def standing_checks(seen: Seen) -> Iterator[Check]:
    """What a look found, as lines: every trouble with its remedy, else what is known of a part."""
    for part in Part:
        wrong = [one for one in seen.troubles if kind_of(one).part is part]
        for one in wrong:
            words = told(one)
            since = f" Since {one.since:%Y-%m-%d %H:%M} UTC." if one.since else ""
            detail = f"{words.what}{since} {words.means} {words.remedy}"
            yield Check(str(part), _HEALTH[kind_of(one).level], f"{detail} [{one.code}]")
        words_of_part = well_words(part, seen.well.get(part, {}))
        if not wrong and words_of_part:
            yield Check(str(part), Health.OK, words_of_part)
