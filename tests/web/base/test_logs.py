"""Lines of the log say what happened and nothing about a person, whatever was handed to them."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.base.errors import ConfigError
from staydown_web.base.logs import JsonFormatter, PlainFormatter, logging_of, masked
from staydown_web.config.observed import observed_of


def record(
    message: str, *args: object, name: str = "staydown.web", **more: object
) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, "/x/module.py", 7, message, args, None)
    made.__dict__.update(more)
    return made


@pytest.mark.parametrize(
    "secret",
    [
        "ana@mail.example",
        "https://site.example/p/1?name=ana",
        "s3://bucket/key",
        "postgresql://user:pass@db.example/staydown",
        "6185703649c133d894b48d870e66f19972784b4b8c2736be8cc90e7ef1ed73da",
        "d41d8cd98f00b204e9800998ecf8427e",
        "C-7Q2M-4KXR",
        "203.0.113.77",
        "2001:db8:0:1:1:1:1:1",
        "Zk3n9Q-x8dTq2Lw5Rb7Vf1Gh4Jm6Np0S",
    ],
)
def test_what_could_lead_to_a_person_is_masked(secret: str) -> None:
    for text in (secret, f"error at {secret}.", f"({secret})", f"a={secret}, b"):
        assert secret not in masked(text), text


@pytest.mark.parametrize(
    "said",
    [
        "job deliver failed (address_unreachable); again in 60 s",
        "defect ValueError at staydown_web/portal/views/case.py:212",
        "hook 01939c1e-5a40-7b7c-9f43-0d6f6fd5c0aa failed open: check_late",
        "segments in memory are unusable (snapshot_damaged); made anew",
        "trouble worker_silent began",
        "listening on 127.0.0.1, port 8000",
    ],
)
def test_what_our_lines_say_stays_readable(said: str) -> None:
    assert masked(said) == said


@given(st.binary(min_size=8, max_size=64))
def test_no_digest_passes(digest: bytes) -> None:
    assert digest.hex() not in masked(f"entry {digest.hex()} was seen")


def test_json_is_one_object_a_line_with_the_same_names_always() -> None:
    row = json.loads(
        JsonFormatter().format(record("job %s\nfailed", "deliver", job="deliver", code="busy"))
    )
    assert set(row) == {"at", "level", "logger", "message", "process", "job", "code"}
    assert (row["message"], row["level"], row["at"][-1]) == ("job deliver failed", "error", "Z")


def test_a_code_that_is_none_is_masked_too() -> None:
    row = json.loads(JsonFormatter().format(record("x", code="ana@mail.example", name="staydown")))
    assert row["code"] == "[address]"


@pytest.mark.parametrize("formatter", [PlainFormatter(), JsonFormatter()])
def test_of_an_error_only_kind_and_place_are_said(formatter: logging.Formatter) -> None:
    try:
        int("Ana Example lives here")
    except ValueError:
        made = record("defect", exc_info=sys.exc_info())
    line = formatter.format(made)
    assert "Ana" not in line
    assert "ValueError" in line
    assert "library:" in line


@pytest.mark.parametrize("form", [PlainFormatter, JsonFormatter])
def test_what_a_library_says_is_left_out_except_for_developers(
    form: type[PlainFormatter | JsonFormatter],
) -> None:
    made = record("cannot reach %s", "Ana Example", name="urllib3.connectionpool")
    line = form().format(made)
    assert "Ana" not in line
    assert "module:7" in line
    assert "Ana Example" in form(is_open=True).format(made)


GUARDED = """
import logging.config, sys, threading
from staydown_web.base.logs import guard_process, logging_of
logging.config.dictConfig(logging_of("json"))
guard_process()
def fall(): raise RuntimeError("Ana Example")
thread = threading.Thread(target=fall, name="keeper"); thread.start(); thread.join()
class Bad:
    def __del__(self): raise RuntimeError("Ana Example")
bad = Bad(); del bad
raise RuntimeError("Ana Example")
"""


def test_errors_that_nobody_caught_are_logged_like_all_others() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARDED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Ana" not in done.stdout + done.stderr
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert [row["message"].split(" (")[0] for row in rows] == [
        "a thread fell: keeper",
        "a thread fell: clean-up",
        "a thread fell: main",
    ]


def test_the_web_server_s_own_lines_go_the_same_way() -> None:
    loggers = logging_of("json")["loggers"]
    assert loggers["_granian"]["propagate"]
    assert loggers["_granian"]["handlers"] == []


def test_wrong_settings_are_refused_with_what_they_should_be() -> None:
    assert observed_of({}).log_form == "plain"
    for name, value in (
        ("STAYDOWN_LOG", "xml"),
        ("STAYDOWN_METRICS_TOKEN", "short"),
        ("STAYDOWN_TRACES_URL", "collector:4318"),
    ):
        with pytest.raises(ConfigError, match=name):
            observed_of({name: value})
