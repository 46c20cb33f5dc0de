"""Random filings, judged as they come in: none is valid with a required part missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staydown_web.cases.forms import Answers, Filing
from staydown_web.cases.models import Case
from staydown_web.cases.services import add_to_case, file_case
from staydown_web.regimes.selectors import regime, regimes

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8161/media/1.jpg"
ELSEWHERE = "https://elsewhere.example/p/1"
LAWS = sorted(id_ for id_, law in regimes().items() if "published" in law.ways)


WHOLE: dict[str, Any] = {
    "urls": [URL],
    "has_file": True,
    "statement": "Shared without consent.",
    "place": "The third picture of the user.",
    "signature": "Ada Example",
    "name": "Ada Example",
    "email": "ada@mail.example",
    "phone": "+44 20 7946 0000",
    "is_good_faith": True,
    "declarations": frozenset({"on_service", "role"}),
}
NOTHING: dict[str, list[Any]] = {
    "urls": [[], [ELSEWHERE]],
    "has_file": [False],
    "is_good_faith": [False],
    "declarations": [frozenset(), frozenset({"on_service"}), frozenset({"role"})],
}
BLANK = ["", "  \n "]


@st.composite
def drawn_filings(draw: st.DrawFn) -> dict[str, Any]:
    """A whole filing from which a few parts were taken: near the edge, where a mistake shows."""
    held = {
        **WHOLE,
        "regimes": draw(st.lists(st.sampled_from(LAWS), min_size=1, unique=True)),
        "acts_as": draw(st.sampled_from(["self", "representative"])),
    }
    for name in draw(st.lists(st.sampled_from(sorted(WHOLE)), max_size=4, unique=True)):
        held[name] = draw(st.sampled_from(NOTHING.get(name, BLANK)))
    return held


filings = drawn_filings()


def parts_of(drawn: dict[str, Any]) -> set[str]:
    """Which facts hold, by a reading of the filing that shares nothing with the service."""
    filled = ("statement", "place", "signature", "name", "email", "phone")
    held = {f"has_{name}" for name in filled if drawn[name].strip()}
    held |= {f"has_{name}" for name in drawn["declarations"]}
    held |= {"has_good_faith"} if drawn["is_good_faith"] else set()
    held |= {"has_url"} if URL in drawn["urls"] else set()
    held |= {"has_fingerprint"} if drawn["has_file"] else set()
    if drawn["acts_as"] == "representative":
        held |= {"is_representative", "has_authority"}
    return held


def is_complete(id_: str, held: set[str]) -> bool:
    return all(
        (element.only_if and element.only_if not in held)
        or (set(element.all_of) <= held and (not element.any_of or set(element.any_of) & held))
        for element in regime(id_).elements
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=filings)
def test_no_filing_is_valid_with_a_required_part_missing(
    filing: Callable[..., Filing], files: Callable[..., Any], now: datetime, drawn: dict[str, Any]
) -> None:
    if not drawn["urls"] and not drawn["has_file"]:
        return  # such a filing is refused: there is nothing that it could be about
    changes = {name: value for name, value in drawn.items() if name != "has_file"}
    acts = {"authority": "Her lawyer."} if drawn["acts_as"] == "representative" else {}

    found = files(1) if drawn["has_file"] else []
    case = file_case(filing=filing(**changes, **acts, files=found), now=now).case

    held = parts_of(drawn)
    for notice in case.notices.all():
        is_valid = is_complete(notice.regime, held)
        assert (notice.valid_at == now) is is_valid
        assert (notice.valid_at is None) is not is_valid
        hours = regime(notice.regime).clock.hours
        due = now + timedelta(hours=hours) if is_valid and hours else None
        assert notice.due_at == due


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=filings, wait_h=st.integers(1, 500))
def test_the_time_starts_when_the_last_part_comes_and_not_before(
    filing: Callable[..., Filing],
    files: Callable[..., Any],
    now: datetime,
    drawn: dict[str, Any],
    wait_h: int,
) -> None:
    changes = {name: value for name, value in drawn.items() if name not in ("has_file", "urls")}
    acts = {"authority": "Her lawyer."} if drawn["acts_as"] == "representative" else {}
    case = file_case(filing=filing(**changes, **acts, urls=[URL], files=files(1)), now=now).case
    before = {notice.pk: notice.valid_at for notice in case.notices.all()}
    later = now + timedelta(hours=wait_h)

    rest = Answers(
        statement="Shared without consent.",
        signature="Ada Example",
        is_good_faith=True,
        declarations=frozenset({"on_service", "role"}),
        name="Ada Example",
        email="ada@mail.example",
    )
    add_to_case(case=Case.objects.get(pk=case.pk), answers=rest, now=later)

    for notice in case.notices.all():
        assert notice.valid_at == (before[notice.pk] or later)
