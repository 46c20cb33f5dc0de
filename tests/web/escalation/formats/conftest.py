"""Facts of reports that every test of the formats starts from; all names are example names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from staydown_web.escalation.formats.facts import NoticeFacts, ReportFacts, SenderFacts

REPORT_ID = UUID("6f1c0a52-8f0e-4d1b-9c3a-2b7e5d90a114")
SENDER = SenderFacts(
    org="Example Helpline",
    contact_name="Reports desk",
    contact_email="reports@helpline.example",
    domain="helpline.example",
    appeal_email="appeals@helpline.example",
    postal="1 Example Street, Exampletown",
    reply_address="reports+r1.abc@helpline.example",
)
_REPORT: dict[str, Any] = {
    "report_id": REPORT_ID,
    "number": "E-31",
    "sender": SENDER,
    "recipient": "Northwind",
    "role": "host",
    "language": "en",
    "domain": "pics.example",
    "urls": tuple(f"https://pics.example/v/883{n}" for n in range(7)),
    "targets_domain": False,
    "source_identifier": "192.0.2.41",
    "accounts": ("pub-0001", "pub-0002"),
    "found_by": ("address record of the name", "RDAP of the network"),
    "told_at": datetime(2026, 11, 18, 10, tzinfo=UTC),
    "deadline_at": datetime(2026, 11, 20, 10, tzinfo=UTC),
    "seen_at": datetime(2026, 11, 22, 13, 58, tzinfo=UTC),
    "is_synthetic": False,
    "at": datetime(2026, 11, 22, 14, 2, tzinfo=UTC),
    "address": "abuse@northwind.example",
}
_NOTICE: dict[str, Any] = {
    "report_id": REPORT_ID,
    "sender": SENDER,
    "recipient": "Pics",
    "language": "en",
    "domain": "pics.example",
    "urls": ("https://pics.example/v/8831", "https://pics.example/v/8832"),
    "regimes": ("us-tida",),
    "acts_as": "self",
    "statement": "",
    "signed_name": "Robin Example",
    "reply_email": SENDER.reply_address,
    "is_synthetic": False,
    "at": datetime(2026, 11, 18, 9, 30, tzinfo=UTC),
    "address": "abuse@pics.example",
}


@pytest.fixture(scope="session")
def sender() -> SenderFacts:
    return SENDER


@pytest.fixture(scope="session")
def report_facts() -> Callable[..., ReportFacts]:
    return lambda **changes: ReportFacts(**{**_REPORT, **changes})


@pytest.fixture(scope="session")
def notice_facts() -> Callable[..., NoticeFacts]:
    return lambda **changes: NoticeFacts(**{**_NOTICE, **changes})
