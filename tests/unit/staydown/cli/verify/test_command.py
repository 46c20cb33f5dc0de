"""``staydown verify`` as people run it: what it says, and how it ends."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import signed_documents as samples
from command_runs import Run, as_stdin
from staydown.cli.statuses import ExitStatus
from staydown.cli.verify.archives import CAME_WITH_RECORD
from staydown.cli.verify.canon import readable
from staydown.cli.verify.documents import State


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
    head = "signed by the key that you gave, and not one byte was changed since."
    assert lines[0] == f"{receipt}: {head}"
    assert values(lines)["Fingerprint"] == samples.FINGERPRINT
    assert values(lines)["Known by"] == f"the file {key}"
    assert "no authority has stamped it" in values(lines)["Time"]


def test_a_stranger_reads_the_case_the_law_and_its_last_moment(
    run: Run, receipt: Path, key: Path
) -> None:
    receipt.write_bytes(samples.file(NOTICE))
    lines = run("verify", receipt, "--key", key)
    said = values(lines)
    assert said["Kind"] == "receipt that a notice was received"
    assert said["By"] == "Example https://staydown.example"
    assert said["Case"] == "C-7Q2M-4KXR"
    assert said["Law"] == "TAKE IT DOWN Act, 47 USC 223a (rules us-tida, 2026-11-25.2)"
    assert said["website must act by"] == "2026-11-28 09:00:00 UTC"
    text = " ".join(lines)
    assert "Proven: That Example, if the key that you gave is its key, signed exactly this" in text
    assert "Not proven: That what people stated is true" in text
    assert "The moment: it is that of the service's own clock." in text
    assert len(set(lines) - {""}) == len([line for line in lines if line]), "a line is there twice"


def test_each_time_limit_is_told_with_what_came_of_it(run: Run, receipt: Path, key: Path) -> None:
    first = {
        "began_at": "2026-11-26T09:00:00Z",
        "due_at": "2026-11-28T09:00:00Z",
        "ended_at": "2026-11-27T09:00:00Z",
        "outcome": "kept",
    }
    second = {
        "began_at": "2026-11-27T10:00:00Z",
        "due_at": "2026-11-29T10:00:00Z",
        "outcome": "open",
    }
    facts = {**NOTICE, "notices": [{**NOTICE["notices"][0], "clocks": [first, second]}]}
    receipt.write_bytes(samples.file(facts))
    lines = [" ".join(line.split()) for line in run("verify", receipt, "--key", key)]
    begin = next(n for n, line in enumerate(lines) if line.startswith("website must act by"))
    assert lines[begin : begin + 3] == [
        "website must act by 2026-11-28 09:00:00 UTC (counted from 2026-11-26 09:00:00 UTC)",
        "acted or decided on 2026-11-27 09:00:00 UTC (in time)",
        "website must act by 2026-11-29 10:00:00 UTC (counted from 2026-11-27 10:00:00 UTC)",
    ]


def test_machines_get_case_laws_and_what_was_checked(run: Run, receipt: Path, key: Path) -> None:
    receipt.write_bytes(samples.file(NOTICE))
    (row,) = run.json("verify", receipt, "--key", key)
    assert (row["state"], row["case"], row["remedy"]) == ("signed", "C-7Q2M-4KXR", "")
    assert row["laws"] == NOTICE["notices"]
    assert row["key_page"] == "https://staydown.example/key/"
    assert (row["files"], row["proofs"]) == ([], None)


NOTICE = {
    "case": "C-7Q2M-4KXR",
    "filed_at": "2026-11-26T09:00:00Z",
    "addresses": 2,
    "files": [{"item": 1, "commitment": "ab" * 32}],
    "notices": [
        {
            "regime": "us-tida",
            "law": "TAKE IT DOWN Act, 47 USC 223a",
            "version": "2026-11-25.2",
            "received_at": "2026-11-26T09:00:00Z",
            "valid_at": "2026-11-26T09:00:00Z",
            "due_at": "2026-11-28T09:00:00Z",
        }
    ],
}


def values(lines: list[str]) -> dict[str, str]:
    """Names and values out of the tables of a result."""
    rows = (re.fullmatch(r"  +(\S.*?)  +(\S.*)", line) for line in lines)
    return {row[1]: row[2] for row in rows if row}


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
    assert "signed by the key that came with it" in row["why"]
    assert "https://staydown.example/key/" in row["remedy"]
    assert row["remedy"].endswith(f"staydown verify {receipt} --key key.pem")


def test_another_key_than_that_of_the_service_is_named_with_what_to_do(
    run: Run, tmp_path: Path, receipt: Path
) -> None:
    other = tmp_path / "other.pem"
    public = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    other.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    lines = run("verify", receipt, "--key", other, status=ExitStatus.INCOMPLETE)
    assert lines[0].startswith(f"{receipt}: NOT PROVEN: it is signed, but by another key")
    assert values(lines)["Fingerprint"] == samples.FINGERPRINT
    assert "https://staydown.example/key/" in " ".join(lines)


def test_a_receipt_got_earlier_serves_as_the_key(run: Run, tmp_path: Path, receipt: Path) -> None:
    earlier = tmp_path / "earlier.json"
    earlier.write_bytes(samples.file({"case": "C-2222-2222"}))
    assert "Proven: " in "\n".join(run("verify", receipt, "--key", earlier))
    earlier.write_bytes(earlier.read_bytes().replace(b"C-2222", b"C-3333"))
    run("verify", receipt, "--key", earlier, status=ExitStatus.INPUT)
    assert f"{earlier}: no public key in it" in run.err


@pytest.mark.parametrize("name", ["key.pem", "record.json"])
def test_a_key_that_came_with_the_record_proves_nothing(
    run: Run, tmp_path: Path, name: str
) -> None:
    record = samples.document({"items": [], "receipts": []}, kind="case_record")
    path, came = tmp_path / "notes.zip", tmp_path / name
    path.write_bytes(samples.archive(record, **{"key.pem": samples.PEM}))
    with zipfile.ZipFile(path) as archive:
        came.write_bytes(archive.read(name))
    (row,) = run.json("verify", path, "--key", came, status=ExitStatus.INCOMPLETE)
    assert row["why"] == f"the key that you gave ({came}) came with it, so it proves nothing"
    (row,) = run.json("verify", path, "--key", came, "--fingerprint", samples.FINGERPRINT)
    assert row["state"] == "signed"


def test_a_key_out_of_a_record_is_known_as_such_wherever_it_lies(
    run: Run, tmp_path: Path, receipt: Path
) -> None:
    came = tmp_path / "key.pem"
    came.write_bytes(f"{CAME_WITH_RECORD}\n".encode() + samples.PEM)
    run("verify", receipt, "--key", came, status=ExitStatus.INCOMPLETE)
    run("verify", receipt, "--key", receipt, status=ExitStatus.INCOMPLETE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.replace(b'"items": 2', b'"items": 3'), "changed after it was signed"),
        (lambda data: data[:-40], "damaged and cannot be read"),
        (lambda data: json.dumps(json.loads(data)).encode(), "saved again in another form"),
        (lambda data: without(data, "signature"), "carries no signature"),
        (lambda data: without(data, "facts"), "a part of it is missing"),
    ],
)
def test_what_does_not_hold_names_the_file_why_and_what_to_do(
    run: Run, receipt: Path, key: Path, change: Callable[[bytes], bytes], words: str
) -> None:
    receipt.write_bytes(change(receipt.read_bytes()))
    lines = run("verify", receipt, "--key", key, status=ExitStatus.CONFIG)
    assert lines[0].startswith(f"{receipt}: DOES NOT HOLD: ")
    assert words in lines[0]
    assert lines[1].startswith("To do: Do not rely on it.")
    assert "Proven" not in "".join(lines)


def without(data: bytes, name: str) -> bytes:
    document = json.loads(data)
    del document[name]
    return readable(document)


def test_the_paper_alone_is_not_what_is_checked(run: Run, tmp_path: Path, key: Path) -> None:
    paper = tmp_path / "record.pdf"
    paper.write_bytes(b"%PDF-1.7 drawn")
    lines = run("verify", paper, "--key", key, status=ExitStatus.INPUT)
    assert (
        lines[0] == f"{paper}: NOT A RECEIPT: this is a PDF; what is checked is its whole ZIP file."
    )


def test_the_help_says_where_the_key_is(run: Run) -> None:
    text = " ".join(" ".join(run("verify", "--help")).split())
    assert "--key FILE" in text
    assert "https://example.org/key/" in text
    assert "proves nothing" in text


def test_a_changed_receipt_ends_in_seven(run: Run, receipt: Path, key: Path) -> None:
    receipt.write_bytes(receipt.read_bytes().replace(b'"items": 2', b'"items": 3'))
    (row,) = run.json("verify", receipt, "--key", key, status=ExitStatus.CONFIG)
    assert row["state"] == "changed"


def test_another_file_is_no_receipt(run: Run, tmp_path: Path, key: Path) -> None:
    other = tmp_path / "a.json"
    other.write_text("{}")
    lines = run("verify", other, "--key", key, status=ExitStatus.INPUT)
    assert lines[0] == f"{other}: NOT A RECEIPT: this is not a receipt or record of Staydown."
    assert lines[1].startswith("To do: ")


def test_standard_input_is_read(run: Run, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_stdin(monkeypatch, samples.file())
    (row,) = run.json("verify", "-", "--key", key)
    assert (row["file"], row["state"]) == ("standard input", "signed")


def test_missing_files_and_keys_are_errors_with_a_remedy(
    run: Run, tmp_path: Path, receipt: Path
) -> None:
    run("verify", tmp_path / "none", status=ExitStatus.INPUT)
    assert "error[source_unreadable]" in run.err
    wrong = tmp_path / "wrong.pem"
    wrong.write_bytes(b"no key")
    run("verify", receipt, "--key", wrong, status=ExitStatus.INPUT)
    assert f"{wrong}: no public key in it" in run.err
    assert "/key/" in run.err
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


def test_names_within_a_hostile_zip_cannot_move_the_terminal(
    run: Run, tmp_path: Path, key: Path
) -> None:
    path = tmp_path / "notes.zip"
    contents = samples.file({"files": []}, kind="record_contents")
    path.write_bytes(samples.zipped({"contents.json": contents, "\x1b[2J\u202ea.txt": b"x"}))
    lines = run("verify", path, "--key", key, status=ExitStatus.CONFIG)
    assert "a file is missing or was put in" in lines[0]
    assert lines[0].isprintable()


def test_the_page_of_evidence_names_every_member_of_a_result(
    run: Run, receipt: Path, key: Path
) -> None:
    text = " ".join((Path(__file__).parents[5] / "docs" / "evidence.md").read_text().split())
    sentence = text[text.index("`--json` gives one line") : text.index("## Checking by hand")]
    (row,) = run.json("verify", receipt, "--key", key)
    states = {str(state) for state in State}
    assert set(re.findall(r"`([a-z_]+)`", sentence)) - states == set(row) - {"file"}


def test_a_whole_record_holds_and_any_change_within_it_is_found(
    run: Run, tmp_path: Path, key: Path
) -> None:
    record = samples.document({"items": [], "receipts": []}, kind="case_record")
    path = tmp_path / "notes.zip"
    inside = {"record.pdf": b"%PDF-1.7", "key.pem": samples.PEM + b"\n"}
    path.write_bytes(samples.archive(record, **inside))
    (row,) = run.json("verify", path, "--key", key)
    assert (row["state"], row["kind"]) == ("signed", "case_record")
    assert [file["name"] for file in row["files"]] == ["key.pem", "record.json", "record.pdf"]
    assert row["proofs"] == {"receipts": 0, "digests": 0, "events": 0}
    said = values(run("verify", path, "--key", key))
    digest = hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert said["record.pdf"] == f"unchanged, 8 bytes, SHA-256 {digest}"
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
