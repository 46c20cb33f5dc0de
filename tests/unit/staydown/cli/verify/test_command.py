"""``staydown verify`` as people run it: what it says, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import signed_documents as samples
from command_runs import Run, as_stdin
from staydown.cli.statuses import ExitStatus


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(samples.PEM)
    return path


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    path = tmp_path / "notes.json"
    path.write_bytes(samples.file())
    return path


def test_a_receipt_holds_against_the_key_of_the_service(run: Run, receipt: Path, key: Path) -> None:
    lines = run("verify", receipt, "--key", key)
    assert lines[0] == "Signed by this key: signed by this key, and unchanged since."
    assert samples.FINGERPRINT in lines[2]
    assert "no authority has stamped it" in lines[3]


def test_a_fingerprint_is_enough_in_any_form(run: Run, receipt: Path) -> None:
    name = samples.FINGERPRINT
    pairs = ":".join(name[at : at + 2] for at in range(0, 64, 2)).upper()
    for given in (name, pairs):
        (row,) = run.json("verify", receipt, "--fingerprint", given)
        assert row["state"] == "signed"
    run("verify", receipt, "--fingerprint", "12", status=ExitStatus.USAGE)


def test_without_a_key_it_says_what_is_not_known(run: Run, receipt: Path) -> None:
    (row,) = run.json("verify", receipt, status=ExitStatus.INCOMPLETE)
    assert row["state"] == "unknown_key"
    assert row["key"] == samples.FINGERPRINT
    assert "you gave no key" in row["why"]


def test_a_changed_receipt_ends_in_seven(run: Run, receipt: Path, key: Path) -> None:
    receipt.write_bytes(receipt.read_bytes().replace(b'"items": 2', b'"items": 3'))
    (row,) = run.json("verify", receipt, "--key", key, status=ExitStatus.CONFIG)
    assert row["state"] == "changed"


def test_another_file_is_no_receipt(run: Run, tmp_path: Path, key: Path) -> None:
    other = tmp_path / "a.json"
    other.write_text("{}")
    lines = run("verify", other, "--key", key, status=ExitStatus.INPUT)
    assert lines == ["Not a receipt: this is not a receipt or record of Staydown."]


def test_standard_input_is_read(run: Run, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_stdin(monkeypatch, samples.file())
    (row,) = run.json("verify", "-", "--key", key)
    assert (row["file"], row["state"]) == ("standard input", "signed")


def test_missing_files_and_keys_are_errors_with_a_remedy(
    run: Run, tmp_path: Path, receipt: Path
) -> None:
    run("verify", tmp_path / "none", status=ExitStatus.INPUT)
    assert "error[source_unreadable]" in run.err
    run("verify", receipt, "--key", receipt, status=ExitStatus.INPUT)
    assert "no public key in it" in run.err
    run("verify", receipt, "--authority", receipt, status=ExitStatus.INPUT)
    assert "no certificate in it" in run.err


def test_words_of_a_hostile_receipt_cannot_move_the_terminal(
    run: Run, tmp_path: Path, key: Path
) -> None:
    path = tmp_path / "notes.json"
    path.write_bytes(samples.file(kind="\x1b[2Jnotice\u202e"))
    lines = run("verify", path, "--key", key)
    assert "\x1b" not in "".join(lines)
    assert "\u202e" not in "".join(lines)


def test_a_whole_record_holds_and_any_change_within_it_is_found(
    run: Run, tmp_path: Path, key: Path
) -> None:
    record = samples.document({"items": [], "receipts": []}, kind="case_record")
    path = tmp_path / "notes.zip"
    path.write_bytes(samples.archive(record, **{"record.pdf": b"%PDF-1.7", "key.pem": samples.PEM}))
    (row,) = run.json("verify", path, "--key", key)
    assert (row["state"], row["kind"]) == ("signed", "record_contents")
    path.write_bytes(samples.zipped({"a.txt": b"x"}))
    run("verify", path, "--key", key, status=ExitStatus.INPUT)
    path.write_bytes(samples.archive(record)[:-30])
    run("verify", path, "--key", key, status=ExitStatus.CONFIG)


def test_without_the_package_that_checks_it_says_what_to_install(receipt: Path, key: Path) -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None; from staydown.cli.program import run;"
        f"sys.exit(run(['verify', {str(receipt)!r}, '--key', {str(key)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == ExitStatus.CONFIG
    assert b"staydown[verify]" in done.stderr


def test_it_works_without_the_service(receipt: Path, key: Path) -> None:
    code = (
        "import sys; sys.modules['django'] = None; from staydown.cli.program import run;"
        f"sys.exit(run(['verify', {str(receipt)!r}, '--key', {str(key)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
