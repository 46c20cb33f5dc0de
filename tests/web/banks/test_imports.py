"""Whole lists come in, go on after a stop, and leave by two people."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from staydown.index import BankFile
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.banks.models import Bank, Entry, EntryChange, Import
from staydown_web.banks.selectors import entry_facts
from staydown_web.banks.services import (
    catch_up,
    close_segments,
    export_entries,
    import_entries,
    match_entries,
)
from staydown_web.base.errors import NotAllowedError, RecordConflictError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(tmp_path, drawn_fingerprint, demo_fingerprint) -> Path:
    """Twenty hashes, a whole photo, and one picture that is too plain."""
    path = tmp_path / "list.sdb"
    plain = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, "c3" * 32, 10),))
    with BankFile.create(path) as file:
        file.add_many((f"e{n}", drawn_fingerprint(n)) for n in range(20))
        file.add("photo", demo_fingerprint("bridge.jpg"))
        file.add("plain", plain)
    return path


@pytest.fixture
def given(bank, source, now, segments):
    return {"bank": bank, "source": source, "actor": "system", "now": now}


def test_an_import_counts_as_a_whole(given, drawn_fingerprint, demo_fingerprint):
    told: list[tuple[int, int]] = []
    done = import_entries(is_confirmed=False, progress=lambda a, b: told.append((a, b)), **given)

    assert (done.added, done.known, done.plain) == (21, 0, 1)
    assert told[-1] == (22, 22)
    assert len(match_entries(drawn_fingerprint(7))) == 1
    assert len(match_entries(demo_fingerprint("bridge.jpg"))) == 1
    assert set(Entry.objects.values_list("state", flat=True)) == {"seed"}
    assert EntryChange.objects.get().what == EntryChange.What.IMPORTED


def test_a_second_import_of_the_same_adds_nothing(given):
    import_entries(is_confirmed=True, **given)
    again = import_entries(is_confirmed=True, **given)

    assert (again.added, again.known) == (0, 21)
    assert Entry.objects.count() == 21


def test_a_stopped_import_counts_for_nothing_and_goes_on(given, drawn_fingerprint, monkeypatch):
    monkeypatch.setattr("staydown_web.banks.services.imports._AT_ONCE", 5)

    class StoppedError(RuntimeError):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 10:
            raise StoppedError

    with pytest.raises(StoppedError):
        import_entries(is_confirmed=True, progress=stop, **given)
    catch_up()
    assert Entry.objects.count() == 10
    assert match_entries(drawn_fingerprint(0)) == []

    ids = set(Entry.objects.values_list("pk", flat=True))
    done = import_entries(is_confirmed=True, **given)
    assert done.added == 21
    assert ids < set(Entry.objects.values_list("pk", flat=True))
    assert Import.objects.count() == 1
    assert len(match_entries(drawn_fingerprint(0))) == 1


def test_entries_of_a_running_import_mean_nothing_even_when_they_are_found(
    given, drawn_fingerprint, monkeypatch
):
    class StoppedError(RuntimeError):
        pass

    def stop(*_: object, **__: object) -> None:
        raise StoppedError

    monkeypatch.setattr("staydown_web.banks.services.imports.record_event", stop)
    with pytest.raises(StoppedError):
        import_entries(is_confirmed=True, **given)

    (match,) = match_entries(drawn_fingerprint(1))
    from uuid import UUID

    assert entry_facts([UUID(match.entry_id)]) == {}


def test_an_import_is_rebuilt_from_the_database(given, drawn_fingerprint, settings):
    import_entries(is_confirmed=True, **given)
    close_segments()
    for path in Path(settings.STAYDOWN_SHARED_MEMORY).iterdir():
        path.unlink()

    assert len(match_entries(drawn_fingerprint(3))) == 1


def test_a_lawful_bank_takes_no_list(given, lawful_bank):
    with pytest.raises(NotAllowedError):
        import_entries(is_confirmed=True, **given | {"bank": lawful_bank})


def test_the_command_says_what_it_did(given, source):
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "import-bank",
        str(source),
        "--bank",
        "Partner list",
        "--confirmed",
        "--json",
        stdout=out,
        stderr=err,
    )

    assert json.loads(out.getvalue()) == {
        "bank": "partner-list",
        "added": 21,
        "known": 0,
        "plain": 1,
    }
    assert "22 of 22 entries" in err.getvalue()
    assert set(Entry.objects.values_list("state", flat=True)) == {"confirmed"}
    assert Bank.objects.get(slug="partner-list").name == "Partner list"


def test_the_command_names_what_is_wrong(segments, tmp_path):
    (tmp_path / "x").write_text("no bank")
    with pytest.raises(CommandError, match=r"error\[snapshot_foreign\]"):
        call_command("import-bank", str(tmp_path / "x"), stderr=io.StringIO())


def test_a_bank_leaves_when_two_people_agree(given, approved, tmp_path, bank):
    import_entries(is_confirmed=True, **given)
    target = tmp_path / "out.sdb"
    asked = {"bank": bank, "target": target, "actor": "system", "now": given["now"]}
    waiting = approved("bank_export", is_granted=False, bank=str(bank.pk))
    with pytest.raises(RecordConflictError):
        export_entries(approval_id=waiting.pk, **asked)
    other = approved("bank_export", bank="another")
    with pytest.raises(NotAllowedError):
        export_entries(approval_id=other.pk, **asked)
    assert not target.exists()

    granted = approved("bank_export", bank=str(bank.pk))
    assert export_entries(approval_id=granted.pk, **asked) == 21
    with BankFile.open(target, read_only=True) as file:
        assert len(file) == 21
    with pytest.raises(RecordConflictError):
        export_entries(approval_id=granted.pk, **asked | {"target": tmp_path / "again.sdb"})
