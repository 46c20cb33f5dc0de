"""Cases with links on sites that do not run this service, filed as people file them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest

from chain_scene import make_sender
from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform, User
from staydown_web.banks.services import close_segments
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case
from staydown_web.cases.services import file_case
from staydown_web.escalation.models import Report, Sender, Site
from staydown_web.escalation.services.first import make_first_notices, set_channel
from staydown_web.escalation.services.signing import sign_report
from staydown_web.escalation.services.sites import site_of_domain

NAME, WORDS = "Ada Nightingale Example", "Someone I was with put it there to hurt me."
PICS = "https://pics.example/v/8831"


@pytest.fixture(autouse=True)
def _segments_of_this_test_alone() -> Iterator[None]:
    yield
    close_segments()


@pytest.fixture
def sender(db: None, now: datetime) -> Sender:
    """A sender that is filled in and switched on."""
    return make_sender(now)


@pytest.fixture
def filed(
    platform: Platform, drawn_fingerprint: Callable[[int], Fingerprint], now: datetime
) -> Callable[..., Case]:
    """``filed(PICS, regimes=["eu-dsa"])``: a complete case whose person agreed."""

    def make(*urls: str, agreed: bool = True, **changes: Any) -> Case:
        answers = {k: changes.pop(k) for k in list(changes) if k in Answers.__dataclass_fields__}
        given: dict[str, Any] = {
            "statement": WORDS,
            "signature": NAME,
            "name": NAME,
            "email": "ada@mail.example",
            "phone": "+44 20 7946 0958",
            "is_good_faith": True,
            "declarations": frozenset({"on_service", "role"}),
        }
        file = FiledFile(
            drawn_fingerprint(1), name="one.jpg", size_bytes=9, modified_on=date(2026, 1, 2)
        )
        values: dict[str, Any] = {
            "way": "published",
            "acts_as": "self",
            "is_adult_in_picture": True,
            "language": "en",
            "regimes": ["us-tida"],
            "files": [file],
            "platform": platform,
        }
        case = file_case(
            filing=Filing(
                **{**values, **changes}, urls=urls, answers=Answers(**{**given, **answers})
            ),
            now=now,
        ).case
        if agreed:
            Case.objects.filter(pk=case.pk).update(providers_agreed_at=now)
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def pics(reviewer: User, now: datetime) -> Site:
    """pics.example takes letters, and the law of the United States binds it."""
    site = site_of_domain(domain="pics.example", now=now)
    set_channel(
        site=site,
        kind="mail",
        address="abuse@pics.example",
        source="https://pics.example/terms",
        language="en",
        laws=["us-tida"],
        user=reviewer,
        now=now,
    )
    return site


def to_sites(case: Case) -> list[Report]:
    """The notices of a case to sites, oldest first."""
    rows = Report.objects.filter(case=case, purpose="first_notice")
    return list(rows.order_by("made_at", "id"))


def to_engines(case: Case) -> list[Report]:
    """Its requests to search engines."""
    rows = Report.objects.filter(case=case, purpose="delisting")
    return list(rows.order_by("channel"))


def all_made(now: datetime) -> int:
    """Run the job until nothing is left."""
    total = 0
    while made := make_first_notices(now):
        total += made
    return total


def signed(report: Report, user: User, now: datetime) -> Report:
    """With the one signature that it needs."""
    return sign_report(report_id=report.pk, digest=report.digest, user=user, now=now)
