"""What erases by age waits for a day after the date jumped, also in a process that starts later."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from staydown_web.base import dates
from staydown_web.base.clock import running_s, utc_now
from staydown_web.base.dates import FINAL_DOUBT, DateWatch, when_sure
from staydown_web.config.worker import all_jobs

START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clock.json"


def sure(path: Path, date: timedelta, running: timedelta, *, boot: str = "one") -> bool:
    """Each look is that of a process that has just started."""
    watch = DateWatch(path, boot=lambda: boot)
    return watch.is_sure(START + date, at_s=1000 + running.total_seconds())


def test_a_date_that_runs_on_is_sure(path: Path) -> None:
    assert all(sure(path, span, span) for span in (0 * DAY, MINUTE, 30 * DAY, 31 * DAY))


@pytest.mark.parametrize("jump", [400 * DAY, -2 * DAY, 3 * MINUTE])
def test_after_a_jump_it_is_doubted_for_a_day(path: Path, jump: timedelta) -> None:
    assert sure(path, 0 * DAY, 0 * DAY)
    assert not sure(path, jump + SECOND, SECOND)
    assert not sure(path, jump + FINAL_DOUBT, FINAL_DOUBT), "one second early"
    assert sure(path, jump + FINAL_DOUBT + SECOND, FINAL_DOUBT + SECOND)


def test_one_that_is_set_right_again_is_doubted_from_then(path: Path) -> None:
    sure(path, 0 * DAY, 0 * DAY)
    assert not sure(path, 400 * DAY, MINUTE)
    assert not sure(path, 2 * MINUTE, 2 * MINUTE)
    assert not sure(path, FINAL_DOUBT + MINUTE, FINAL_DOUBT + MINUTE)
    assert sure(path, FINAL_DOUBT + 2 * MINUTE, FINAL_DOUBT + 2 * MINUTE)


def test_a_machine_that_starts_with_an_older_date_is_doubted(path: Path) -> None:
    sure(path, 10 * DAY, 10 * DAY)
    assert not sure(path, 1 * DAY, MINUTE, boot="two")
    assert sure(path, 2 * DAY, DAY + MINUTE, boot="two")


def test_a_machine_that_was_off_for_a_while_is_sure(path: Path) -> None:
    sure(path, 0 * DAY, 0 * DAY)
    assert sure(path, 30 * DAY, MINUTE, boot="two")


def test_a_doubt_outlives_a_start_of_the_machine(path: Path) -> None:
    sure(path, 0 * DAY, 0 * DAY)
    assert not sure(path, 400 * DAY, MINUTE)
    assert not sure(path, 400 * DAY + MINUTE, MINUTE, boot="two")
    assert sure(path, 401 * DAY + MINUTE, DAY + MINUTE, boot="two")


@pytest.mark.parametrize("held", ["", "{}", "[1]", '{"at": "x", "at_s": 1}'])
def test_a_file_that_cannot_be_read_is_begun_anew(path: Path, held: str) -> None:
    path.write_text(held)
    assert sure(path, 0 * DAY, 0 * DAY)
    assert json.loads(path.read_text())["boot"] == "one"


def test_a_disk_that_takes_nothing_stops_no_job(tmp_path: Path) -> None:
    assert sure(tmp_path / "missing" / "clock.json", 0 * DAY, 0 * DAY)


def test_a_job_waits_while_the_date_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dates, "_watch", lambda folder: DateWatch(folder / "doubted.json"))
    runs: list[datetime] = []

    def erase(now: datetime) -> int:
        runs.append(now)
        return 1

    job, now = when_sure(erase), utc_now()
    assert job(now) == 1
    assert job(now + 400 * DAY) == 0
    assert runs == [now]
    (Path(settings.STAYDOWN_HOME) / "doubted.json").unlink()


_FORGETS = {"forget", "purge", "erase", "clear", "end", "withdrawals", "periods"}
"""A word of these in a job's name."""
_NOT_BY_AGE = {
    "purge_withdrawn": "what somebody took back goes at once, whatever the date",
    "hma_forget_contents": "the same, of another program's names for it",
    "clear_members": "what a member that was expelled had brought",
}
_GIVES_BACK = {"review:end_suspensions"}
"""By its time, and nothing is lost: a lead can suspend anew."""


def test_what_ends_for_good_by_age_waits() -> None:
    """A job that is new and forgets is wrapped, or stands above with its reason."""
    forgetting = {job.name for job in all_jobs() if _FORGETS & set(re.split("[_:]", job.name))}
    waiting = {job.name for job in all_jobs() if hasattr(job.run, "__wrapped__")}
    assert forgetting - waiting == set(_NOT_BY_AGE) | _GIVES_BACK
    assert waiting >= {
        "carry_out_due_withdrawals",
        "end_threatened",
        "erase_old",
        "end_expired_replicas",
        "forget_old_rows",
        "publish_periods",
        "forget_answers",
        "purge_kept",
        "forget_exchange_rows",
        "forget_bucket_objects",
        "forget_visits",
        "forget_nonces",
    }
    assert running_s() > 0
