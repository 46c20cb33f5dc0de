"""The threat model names tests that are there, and the page of webhooks a check that works."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from staydown_web.base.retrying import WEBHOOK

ROOT = Path(__file__).parents[2]
THREATS = (ROOT / "docs" / "threat-model.md").read_text()
WEBHOOKS = (ROOT / "docs" / "webhooks.md").read_text()
SECTIONS = re.split(r"(?m)^### ", THREATS)[1:]
LINK = re.compile(r"(?m)^- \[`(\w+)`\]\(\.\./(\S+)\)$")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.partition("\n")[0])
def test_each_threat_is_answered_by_tests_that_are_there(section: str) -> None:
    assert all(f"**{part}" in section for part in ("Now.", "Left.", "Shown by"))
    links = LINK.findall(section)
    assert links
    missing = [
        name
        for name, path in links
        if not re.search(rf"(?m)^ *(async )?def {name}\(", (ROOT / path).read_text())
    ]
    assert missing == []


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
