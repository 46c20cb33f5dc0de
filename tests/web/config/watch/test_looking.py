"""The status model: each trouble is seen when it is there, and gone when it is mended."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import OperationalError
from django.utils import translation

from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Delivery, Endpoint
from staydown_web.audit.models import Checkpoint
from staydown_web.audit.services import make_checkpoint, record_event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry, catch_up, close_segments
from staydown_web.cases.models import Case, Contact, Letter
from staydown_web.config.watch import inside, looking, machine
from staydown_web.config.watch.looking import Watch, look
from staydown_web.config.watch.troubles import Level, Part, Seen, Trouble
from staydown_web.config.watch.well import well_words
from staydown_web.config.watch.words import KINDS, PARTS, kind_of, told
from staydown_web.config.worker import all_jobs
from staydown_web.exchanges.models import Exchange
from staydown_web.screening.models import Flood

pytestmark = pytest.mark.django_db


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which all is well: room, a kept clock, a mail server, a worker."""
    settings.STAYDOWN_HOME = tmp_path
    settings.STAYDOWN_SHARED_MEMORY = tmp_path / "memory"
    settings.STAYDOWN_MAIL_READY = True
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(99 << 30, 0, 50 << 30))
    monkeypatch.setattr(machine, "is_synchronised", lambda: True)
    return tmp_path


@pytest.fixture
def beat(home: Path, now: datetime) -> Callable[..., None]:
    """``beat(age_s=1, deliver={"failures": 3, …})`` writes a sign of life."""

    def write(*, age_s: float = 1.0, **jobs: dict[str, Any]) -> None:
        at = now.timestamp() - age_s
        well = {"done_at": at, "failures": 0, "error": ""}
        rows = {name: {**well, **row} for name, row in jobs.items()}
        (home / "worker.json").write_text(json.dumps({"pid": 1, "at": at, "jobs": rows}))

    write()
    return write


def codes(seen: Seen) -> list[str]:
    return [one.code for one in seen.troubles]


def found(now: datetime, code: str) -> Trouble:
    return next(one for one in look(now).troubles if one.code == code)


def test_where_all_is_well_nothing_is_wrong(beat: Callable[..., None], now: datetime) -> None:
    seen = look(now)
    assert seen.troubles == ()
    assert set(seen.well) == set(Part)
    assert all(well_words(part, facts) for part, facts in seen.well.items() if facts)


def test_a_worker_that_fell_silent_is_broken_since_its_last_sign(
    beat: Callable[..., None], now: datetime
) -> None:
    beat(age_s=60)
    trouble = found(now, "worker_silent")
    assert trouble.since == now - timedelta(seconds=60)
    assert kind_of(trouble).level is Level.BROKEN


def test_no_worker_here_is_a_note_because_another_machine_may_have_one(now: datetime) -> None:
    assert codes(look(now)) == ["worker_elsewhere"]


def test_a_sign_of_life_that_cannot_be_read_is_said(home: Path, now: datetime) -> None:
    (home / "worker.json").write_text("{")
    assert codes(look(now)) == ["worker_unreadable"]
    (home / "worker.json").write_text('{"pid": 1, "at": 2, "jobs": {"a": {}}}')
    assert codes(look(now)) == ["worker_unreadable"]


def test_a_job_is_named_with_its_code_from_its_third_failure_on(
    beat: Callable[..., None], now: datetime
) -> None:
    row = {"failures": 2, "error": "address_unreachable", "failing_since": now.timestamp() - 90}
    beat(forget_visits=row)
    assert codes(look(now)) == []
    beat(forget_visits={**row, "failures": 3})
    trouble = found(now, "job_failing")
    assert "forget_visits (address_unreachable)" in told(trouble).what
    assert trouble.since == now - timedelta(seconds=90)


def test_work_that_people_wait_for_is_worse(beat: Callable[..., None], now: datetime) -> None:
    row = {"failures": 9, "error": "seal_broken"}
    beat(send_letters=row, forget_visits=row)
    assert codes(look(now)) == ["urgent_job_failing", "job_failing"]


def test_jobs_that_people_wait_for_are_jobs() -> None:
    assert {job.name for job in all_jobs()} >= inside.URGENT_JOBS


def test_a_job_that_does_not_end_is_said(beat: Callable[..., None], now: datetime) -> None:
    beat(fetch_exchanges={"began_at": now.timestamp() - 29 * 60})
    assert codes(look(now)) == []
    beat(fetch_exchanges={"began_at": now.timestamp() - 31 * 60})
    assert "31 minutes" in told(found(now, "job_stuck")).what


def test_whoever_tried_hashes_of_the_bank_is_told_of_for_a_week(
    beat: Callable[..., None], now: datetime
) -> None:
    at = now - timedelta(days=6)
    record_event(what="canary_asked", actor="system", at=at)
    make_checkpoint(now=now, is_due=True)
    assert found(now, "canary_asked").since == at
    assert "ended for it: 1." in told(found(now, "canary_asked")).what
    assert "canary_asked" not in codes(look(now + timedelta(days=2)))


def test_a_key_that_matched_unusually_many_entries_is_told_of_for_a_week(
    beat: Callable[..., None], now: datetime
) -> None:
    at = now - timedelta(days=6)
    for days in (0, 1):  # noted again the next day: still one key
        later = at + timedelta(days=days)
        record_event(what="key_matched_many", actor="system", at=later, subject="key:1")
    make_checkpoint(now=now, is_due=True)
    assert found(now, "key_matched_many").since == at
    assert "different entries: 1." in told(found(now, "key_matched_many")).what
    assert "key_matched_many" not in codes(look(now + timedelta(days=3)))


def test_what_suddenly_matches_very_much_is_told_until_a_person_has_looked(
    beat: Callable[..., None],
    bank: Bank,
    now: datetime,
    drawn_fingerprint: Callable[[int], Fingerprint],
) -> None:
    for n, (code, state) in enumerate((("reports_aside", "seed"), ("copies_wave", "confirmed"))):
        added = add_entry(
            bank=bank,
            fingerprint=drawn_fingerprint(n + 1),
            origin=Entry.Origin.IMPORT,
            actor="system",
            now=now,
        )
        aside = now if state == "seed" else None
        Entry.objects.filter(pk=added.entry.pk).update(state=state, quarantined_at=aside)
        flood = Flood.objects.create(entry=added.entry, hits_in_hour=40, usual_in_hour=1.0, at=now)
        assert found(now, code).since == now
        assert told(found(now, code)).what.endswith(": 1.")
        Flood.objects.filter(pk=flood.pk).update(seen_at=now)
        assert code not in codes(look(now))


def test_events_that_nobody_signs_say_that_no_worker_works_anywhere(
    beat: Callable[..., None], now: datetime
) -> None:
    record_event(what="settings_changed", actor="system", at=now - timedelta(minutes=20))
    assert found(now, "events_unsigned").since == now - timedelta(minutes=20)
    make_checkpoint(now=now, is_due=True)
    assert Checkpoint.objects.exists()
    assert codes(look(now)) == []


def test_a_clock_behind_the_last_event_is_broken(beat: Callable[..., None], now: datetime) -> None:
    record_event(what="settings_changed", actor="system", at=now + timedelta(hours=1))
    assert codes(look(now)) == ["clock_behind"]


@pytest.mark.parametrize(
    ("free", "code"), [(100 << 20, "disk_full"), (1 << 30, "disk_low"), (3 << 30, None)]
)
def test_a_disk_that_fills_up_is_said_before_it_is_full(
    beat: Callable[..., None],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    code: str | None,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(99 << 30, 0, free))
    wrong = codes(look(now))
    assert wrong[:1] == ([code] if code else [])
    assert ("memory_low" in wrong) == (free < 256 << 20)


def test_a_folder_that_cannot_be_written_is_broken_and_has_a_beginning_all_the_same(
    beat: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and may(path, mode))
    monkeypatch.setattr(os, "open", refuse)
    trouble = found(now, "disk_readonly")
    assert trouble.since == now


def refuse(*_: object, **__: object) -> int:
    raise OSError(30, "Read-only file system")


def test_since_when_is_kept_by_looks_and_forgotten_when_it_is_over(
    home: Path, beat: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "worker.json").unlink()
    minute = timedelta(minutes=1)
    assert [found(now + n * minute, "worker_elsewhere").since for n in range(4)] == [now] * 4
    later = now + 10 * minute
    assert found(later, "worker_elsewhere").since == later


def test_nonsense_in_the_file_of_beginnings_is_no_trouble(home: Path, now: datetime) -> None:
    for text in ("{", "[]", '{"worker_elsewhere": 3}', '{"worker_elsewhere": ["a", "b"]}'):
        (home / "troubles.json").write_text(text)
        assert found(now, "worker_elsewhere").since == now


def test_a_database_that_does_not_answer_is_all_that_is_said_of_it(
    beat: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object, **__: object) -> None:
        raise OperationalError("server at 192.0.2.1 is gone")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", silent)
    seen = look(now)
    assert codes(seen) == ["database_silent"]
    assert "192.0.2.1" not in told(seen.troubles[0]).what


def test_changes_that_do_not_reach_the_bank_are_counted(
    bank: Bank,
    beat: Callable[..., None],
    now: datetime,
    drawn_fingerprint: Callable[[int], Fingerprint],
) -> None:
    close_segments()
    catch_up()
    before = now - timedelta(minutes=1)
    origin = Entry.Origin.IMPORT
    add_entry(
        bank=bank, fingerprint=drawn_fingerprint(1), origin=origin, actor="system", now=before
    )
    trouble = found(now, "bank_behind")
    assert (trouble.since, trouble.facts["n"]) == (before, 1)
    catch_up()
    assert codes(look(now)) == []
    close_segments()


def test_a_web_process_without_the_bank_is_broken(beat: Callable[..., None], now: datetime) -> None:
    close_segments()
    assert codes(look(now, is_web=True)) == ["bank_not_ready"]
    catch_up()
    assert codes(look(now, is_web=True)) == []
    close_segments()


def letter(now: datetime, **row: Any) -> Letter:
    case, _made = Case.objects.get_or_create(
        number="C-2222-2222",
        defaults={"way": "published", "acts_as": "depicted", "filed_at": now, "touched_at": now},
    )
    contact = Contact.objects.create(case=case, role="notifier", blind="0" * 64)
    first = {"next_try_at": now, "made_at": now, "tries": 2, **row}
    return Letter.objects.create(contact=contact, template="news", **first)


def test_letters_that_fail_are_counted_unless_others_leave(
    beat: Callable[..., None], now: datetime, settings: Any
) -> None:
    letter(now, made_at=now - timedelta(hours=1))
    trouble = found(now, "letters_fail")
    assert (trouble.since, trouble.facts["n"]) == (now - timedelta(hours=1), 1)
    # One address that refuses says nothing of our own server.
    letter(now, state=Letter.State.SENT, sent_at=now - timedelta(minutes=5))
    assert codes(look(now)) == []
    settings.STAYDOWN_MAIL_READY = False
    assert codes(look(now)) == ["mail_not_set"]


def test_letters_that_nobody_takes_in_hand_are_counted(
    beat: Callable[..., None], now: datetime
) -> None:
    letter(now, tries=0, next_try_at=now - timedelta(minutes=9))
    assert codes(look(now)) == []
    letter(now, tries=0, next_try_at=now - timedelta(minutes=11))
    assert codes(look(now)) == ["letters_fail"]


def test_a_platform_that_takes_nothing_is_named_to_staff(
    platform: Platform, beat: Callable[..., None], now: datetime
) -> None:
    endpoint = Endpoint.objects.create(
        platform=platform, url_box=b"", secret_box=b"", made_at=now, failing_since=now
    )
    assert codes(look(now)) == []
    later = now + timedelta(minutes=11)
    beat(age_s=-660)
    trouble = found(later, "platforms_fail")
    assert (trouble.since, platform.name in told(trouble).what) == (now, True)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        is_active=False, ended=Endpoint.Ended.FAILING, ended_at=later
    )
    assert "platforms_ended" in codes(look(later))


def test_messages_that_are_tried_again_later_are_counted(
    platform: Platform, beat: Callable[..., None], now: datetime
) -> None:
    endpoint = Endpoint.objects.create(platform=platform, url_box=b"", secret_box=b"", made_at=now)
    for tries, minutes in ((0, -1), (3, 5), (2, 9)):
        Delivery.objects.create(
            endpoint=endpoint,
            tries=tries,
            next_try_at=now + timedelta(minutes=minutes),
            made_at=now,
        )
    words = well_words(Part.PLATFORMS, look(now).well[Part.PLATFORMS])
    assert words == "1 message is due, 2 are tried again later"


def test_a_list_that_cannot_be_read_is_named_to_staff(
    bank: Bank, beat: Callable[..., None], now: datetime
) -> None:
    exchange = Exchange.objects.create(
        kind="file", name="A list", bank=bank, state="on", made_at=now, state_at=now, failures=2
    )
    assert codes(look(now)) == []
    Exchange.objects.filter(pk=exchange.pk).update(failures=3)
    assert "A list" in told(found(now, "lists_fail")).what


def test_backups_are_asked_for_after_a_day_and_age_after_two(
    beat: Callable[..., None], now: datetime
) -> None:
    record_event(what="setup_done", actor="system", at=now - timedelta(hours=2))
    make_checkpoint(now=now, is_due=True)
    assert codes(look(now)) == []
    beat(age_s=-2 * 86_400)
    assert codes(look(now + timedelta(days=2))) == ["backup_never"]
    record_event(what="backup_made", actor="system", at=now)
    make_checkpoint(now=now, is_due=True)
    assert codes(look(now + timedelta(days=2))) == []
    beat(age_s=-4 * 86_400)
    assert codes(look(now + timedelta(days=4))) == ["backup_old"]


def test_a_look_that_hangs_hangs_at_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    began = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    watch = Watch()
    assert watch.latest(began) is None
    monkeypatch.setattr(watch, "_began", began)
    assert watch.latest(began + timedelta(seconds=59)) is None
    seen = watch.latest(began + timedelta(seconds=61))
    assert seen is not None
    assert (codes(seen), seen.troubles[0].since) == (["database_silent"], began)


def test_one_look_is_what_others_find(beat: Callable[..., None]) -> None:
    watch = Watch()
    seen = watch.look()
    assert watch.latest(seen.at + timedelta(minutes=5)) == seen
    assert watch.latest(seen.at + timedelta(minutes=6)) is None


def test_a_look_that_fell_says_nothing_of_the_database(
    beat: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch()
    seen = watch.look()
    monkeypatch.setattr(looking, "look", refuse)
    with pytest.raises(OSError, match="Read-only"):
        watch.look()
    assert watch.latest(seen.at + timedelta(minutes=2)) == seen


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_trouble_says_what_it_means_and_what_to_do_in_every_language(code: str) -> None:
    counts = {"n": 2, "ms": 700, "minutes": 40, "free": 100, "days": 3, "refused": 4, "total": 9}
    facts = {**counts, "names": "a"}
    for language in ("en", "de", "fr", "es"):
        with translation.override(language):
            words = told(Trouble(code, facts=facts))
            assert all((words.what, words.means, words.remedy, str(PARTS[KINDS[code].part])))
            assert not re.search(r"%\(|\{", f"{words.what}{words.means}{words.remedy}")


def test_every_code_that_is_raised_has_words_and_every_word_is_raised() -> None:
    folder = Path(looking.__file__).parent
    source = "".join(path.read_text() for path in folder.glob("*.py") if path.name != "words.py")
    assert set(re.findall(r'"((?:[a-z]+_)+[a-z]+)"', source)) >= set(KINDS)
