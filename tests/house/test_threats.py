"""The threat model names tests that are there, and the page of webhooks a check that works."""

from __future__ import annotations

import ast
import base64
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from staydown_web.base.retrying import WEBHOOK

ROOT = Path(__file__).parents[2]
THREATS = (ROOT / "docs" / "threat-model.md").read_text()
WEBHOOKS = (ROOT / "docs" / "webhooks.md").read_text()
SECTIONS = re.split(r"(?m)^### ", THREATS)[1:]
LINK = re.compile(r"- \[`(test_\w+)`\]\(\.\./(tests/\S+/test_\w+\.py)\)(: .+)?")
FOUNDING = (
    "A hash is turned back into a picture-like image",
    "Evasion by small edits",
    "Collisions and poisoned entries",
    "False notices, an abusive former partner, claims on performers' own work",
    "A stalker seeds her ordinary photos, or joins her case",
    "Probing whether a fake of somebody was reported",
    "Coerced withdrawal, or one of two people pictured withdraws",
    "A hostile member of the federation",
    "The escalation engine aimed at a rival's site",
    "Match flood",
    "The match API as an oracle to enumerate the bank",
    "Insider",
    "The notice leaks to the abuser or a public archive",
    "Lost or coerced case access",
    "An error that cascades over platforms",
    "Over-escalation",
    "The tool itself used to find or harm people",
)
"""The threats that this was built against: none of them may leave the page."""


@cache
def collected(path: str) -> frozenset[str]:
    """Names of what pytest can find in a file: its own functions, and those of its classes."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        inner = node.body if isinstance(node, ast.ClassDef) and "Test" in node.name else [node]
        found |= {
            one.name for one in inner if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        }
    return frozenset(found)


def test_none_of_the_founding_threats_has_left_the_page() -> None:
    titles = [section.partition("\n")[0] for section in SECTIONS]
    assert [title for title in FOUNDING if title not in titles] == []
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.partition("\n")[0])
def test_each_threat_is_answered_by_tests_that_are_there(section: str) -> None:
    assert all(f"**{part}" in section for part in ("Now.", "Left.", "Shown by"))
    shown = section.partition("**Shown by**")[2].partition("\n## ")[0]
    lines = [line for line in shown.splitlines() if line]
    links = [LINK.fullmatch(line) for line in lines]
    # A line that is written another way would be a name that nobody looks up.
    assert [line for line, link in zip(lines, links, strict=True) if link is None] == []
    named = [(link[1], link[2]) for link in links if link is not None]
    assert named
    assert len(named) == len(set(named))
    assert [name for name, path in named if name not in collected(path)] == []


FACES = re.compile(
    r"(?im)^[\w.-]*(face|dlib|mediapipe|opencv|onnx|torch|tensorflow|keras|mtcnn|clip|deepface)"
)


def test_nothing_among_the_packages_knows_faces() -> None:
    locks = [ROOT / "requirements.lock", *(ROOT / "deploy").rglob("*.lock")]
    for lock in locks:
        assert FACES.findall(lock.read_text()) == [], lock.name
    assert FACES.findall("face-recognition==1.3.0")


@pytest.fixture
def read_message() -> Any:
    """The function that the page shows."""
    (code,) = re.findall(r"```python\n(.*?)```", WEBHOOKS, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "webhooks.md", "exec"), names)
    return names["read_message"]


SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
BODY = '{"type":"order.made","data":{"what":"remove"}}'


def headers(at: datetime, *, secret: str = SECRET) -> dict[str, str]:
    return {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": "v1,AAAA v1a,BBBB " + Webhook(secret).sign("m1", at, BODY),
    }


def test_the_check_on_the_page_takes_what_is_signed(read_message: Any) -> None:
    message = read_message(SECRET, headers(datetime.now(UTC)), BODY.encode())
    assert message["data"] == {"what": "remove"}


def test_the_check_on_the_page_refuses_all_else(read_message: Any) -> None:
    now = datetime.now(UTC)
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    tries = [
        (headers(now), BODY.encode() + b" "),
        (headers(now, secret=other), BODY.encode()),
        (headers(now - timedelta(minutes=6)), BODY.encode()),
        (headers(now + timedelta(minutes=6)), BODY.encode()),
        ({**headers(now), "webhook-id": "m2"}, BODY.encode()),
    ]
    for sent, body in tries:
        with pytest.raises(ValueError, match=r"signature|too old"):
            read_message(SECRET, sent, body)


def test_the_page_says_when_it_is_tried_again() -> None:
    said = re.search(r"tried again after ([^;]+);", WEBHOOKS)
    assert said is not None
    units = {"s": 1, "min": 60, "h": 3600}
    waits = re.findall(r"(\d+) (s|min|h)\b", said[1])
    assert tuple(int(n) * units[unit] for n, unit in waits) == WEBHOOK.waits_s
