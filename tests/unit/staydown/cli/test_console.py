from __future__ import annotations

import io
import json
import re

import pytest

from staydown.cli.console import Console, shown
from staydown.errors import DecodeError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(**options: bool) -> tuple[Console, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Console(out=out, err=err, **options), out, err


def test_a_record_is_text_or_one_json_object_a_line() -> None:
    plain, out, _ = console()
    plain.record({"file": "ä"}, "a line")
    plain.record({"file": "b"})
    assert out.getvalue() == "a line\n"

    machine, out, _ = console(json_lines=True)
    machine.record({"file": "ä"}, "a line")
    assert json.loads(out.getvalue()) == {"file": "ä"}
    assert out.getvalue().isascii()


def test_everything_but_results_goes_to_stderr() -> None:
    made, out, err = console()
    made.note("a note")
    made.warn("a warning")
    made.failure_text("decode_failed", "a sentence")
    assert out.getvalue() == ""
    assert err.getvalue() == "a note\nwarning: a warning\nerror[decode_failed]: a sentence\n"


def test_quiet_keeps_errors_and_results() -> None:
    made, out, err = console(quiet=True)
    made.note("a note")
    made.failure_text("usage", "a sentence")
    made.line("a result")
    assert (out.getvalue(), err.getvalue()) == ("a result\n", "error[usage]: a sentence\n")


def test_a_failure_names_the_file_once() -> None:
    made, _, err = console()
    made.failure(DecodeError("a.jpg: cut off."), source="a.jpg")
    made.failure(DecodeError("cut off."), source="a.jpg")
    made.failure(DecodeError())
    assert err.getvalue().splitlines() == [
        "error[decode_failed]: a.jpg: cut off.",
        "error[decode_failed]: a.jpg: cut off.",
        "error[decode_failed]: The bytes are not a photo or video that can be opened.",
    ]


def test_a_table_is_tab_separated_where_there_is_no_terminal() -> None:
    made, out, _ = console()
    made.table(("File", "Kind"), [("a\tb", "photo"), ("[red]c", "video")])
    assert out.getvalue() == "File\tKind\na\\tb\tphoto\n[red]c\tvideo\n"


def test_a_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    Console(out=out, err=io.StringIO()).table(("File", "Why"), [("[bold]x.jpg", "word " * 20)])
    lines = re.sub(r"\x1b\[\d*m", "", out.getvalue()).splitlines()
    assert 5 < max(map(len, lines)) <= 40
    assert "[bold]x.jpg" in out.getvalue()


def test_json_mode_prints_no_table() -> None:
    made, out, _ = console(json_lines=True)
    made.table(("File",), [("a",)])
    assert out.getvalue() == ""


def test_a_progress_bar_shows_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal, pipe = Terminal(), io.StringIO()
    for err in (terminal, pipe):
        with Console(out=io.StringIO(), err=err).progress("Working", total=2) as meter:
            meter.advance()
            meter.set_total(1)
        assert meter.done == 1
    assert "Working" in terminal.getvalue()
    assert pipe.getvalue() == ""


def test_messages_during_progress_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    err, out = Terminal(), io.StringIO()
    made = Console(out=out, err=err)
    with made.progress("Working", total=2):
        made.failure_text("decode_failed", "[b]a.jpg[/b]: cut off")
        made.line("a result")
    assert "[b]a.jpg[/b]: cut off" in err.getvalue()
    assert out.getvalue() == "a result\n"


def test_bold_obeys_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    bold, plain = Terminal(), Terminal()
    Console(err=bold).failure_text("usage", "x")
    monkeypatch.setenv("NO_COLOR", "1")
    Console(err=plain).failure_text("usage", "x")
    assert bold.getvalue() == "\x1b[1merror[usage]\x1b[0m: x\n"
    assert plain.getvalue() == "error[usage]: x\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain ä 例.jpg", "plain ä 例.jpg"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\t", "a\\nb\\t"),
        ("txt.\u202egpj", "txt.\\u202egpj"),
        ("bad\udcff", "bad\\udcff"),
    ],
)
def test_text_from_outside_cannot_steer_the_terminal(text: str, wanted: str) -> None:
    assert shown(text) == wanted


def test_a_file_that_is_named_without_its_folder_is_named_once_too() -> None:
    made, _, err = console()
    made.failure(DecodeError("broken.jpg: cut off."), source="./broken.jpg")
    made.failure(DecodeError("cut off."), source="in/broken.jpg")
    assert err.getvalue().splitlines() == [
        "error[decode_failed]: ./broken.jpg: cut off.",
        "error[decode_failed]: in/broken.jpg: cut off.",
    ]
