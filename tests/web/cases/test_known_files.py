"""A picture that the case holds is added once more: nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from staydown.types import Fingerprint, Signal, SignalType
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError
from staydown_web.cases.forms import MOST_FILES, Answers, FiledFile
from staydown_web.cases.models import Case, Claim, Clock, Item, Location
from staydown_web.cases.selectors import items_of
from staydown_web.cases.services import Filed, add_to_case
from staydown_web.cases.services.known_files import without_known

from .conftest import URL

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=5)
Files = Callable[..., list[FiledFile]]


def stored() -> dict[str, list[Any]]:
    """Every row that tells of a case; when it was last touched is none of that."""
    rows: dict[str, list[Any]] = {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Item, Claim, Entry, Clock, Location, Event)
    }
    cases = Case.objects.order_by("pk").values()
    return {**rows, "Case": [{**row, "touched_at": None} for row in cases]}


def of_file(file: FiledFile, digest: str) -> FiledFile:
    """The same fingerprint, of a file with this SHA-256."""
    others = [s for s in file.fingerprint.signals if s.type != SignalType.SHA256]
    exact = Signal(SignalType.SHA256, digest * 32)
    fingerprint = Fingerprint(file.fingerprint.kind, (exact, *others))
    return replace(file, fingerprint=fingerprint)


@pytest.mark.parametrize("way", ["valid", "not valid", "threatened"])
def test_adding_what_is_there_changes_nothing(
    filed: Callable[..., Filed], threat: Callable[..., Any], files: Files, now: datetime, way: str
) -> None:
    changes = {"valid": {}, "not valid": {"signature": ""}}
    more = {"way": "threatened", "regimes": ["platform-terms"], "urls": []}
    case = filed(files=files(1, 2), **changes.get(way, more)).case
    before = stored()

    renamed = replace(files(2)[0], name="copy of it.jpg", size_bytes=0, modified_on=None)
    add_to_case(case=case, files=[*files(1), renamed], now=now + LATER)

    assert without_known(case=case, files=files(1, 2, 3)) == tuple(files(3))
    assert stored() == before


def test_what_was_added_later_is_there_too(
    filed: Callable[..., Filed], files: Files, now: datetime
) -> None:
    case = add_to_case(case=filed().case, files=files(2), now=now)
    before = stored()
    add_to_case(case=case, files=[*files(2), *files(2)], now=now + LATER)
    assert stored() == before


def test_what_is_new_beside_it_is_added(
    filed: Callable[..., Filed], files: Files, now: datetime
) -> None:
    case = add_to_case(case=filed().case, files=files(1, 3), urls=[URL + "?2"], now=now + LATER)
    labels = [[label.name for label in row.labels] for row in items_of(case)]
    assert labels == [["holiday 1.jpg"], ["holiday 3.jpg"]]
    assert Event.objects.get(what="items_added").facts == {"items": 1, "locations": 1}


@pytest.mark.parametrize("state", [Item.State.REMOVED, Item.State.KEPT])
def test_what_is_decided_stays_decided(
    filed: Callable[..., Filed], files: Files, now: datetime, state: str
) -> None:
    case = filed().case
    case.items.update(state=state, answer=state, answered_at=now)
    before = stored()
    add_to_case(case=case, files=files(1), now=now + LATER)
    assert stored() == before


def test_a_full_case_takes_what_it_has(
    filed: Callable[..., Filed], files: Files, now: datetime
) -> None:
    case = filed(signature="", files=files(*range(MOST_FILES))).case
    add_to_case(case=case, files=files(0, 99), now=now)
    with pytest.raises(FieldsError):
        add_to_case(case=case, files=files(0, MOST_FILES), now=now)
    assert case.items.count() == MOST_FILES


def test_the_same_file_read_by_another_program_is_one_more_version_of_its_item(
    filed: Callable[..., Filed], files: Files, now: datetime
) -> None:
    first, better = (of_file(one, "ab") for one in files(1, 2))
    better = replace(better, name=first.name, size_bytes=first.size_bytes)
    case = add_to_case(case=filed(files=[first]).case, files=[better], now=now + LATER)
    (row,) = items_of(case)
    assert [label.name for label in row.labels] == ["holiday 1.jpg"]
    assert {claim.item_id for claim in Claim.objects.all()} == {row.id}
    assert (Claim.objects.count(), Clock.objects.count()) == (2, 1)


def test_in_a_first_notice_it_is_one_item_too(filed: Callable[..., Filed], files: Files) -> None:
    case = filed(files=[of_file(one, "ab") for one in files(1, 2)]).case
    assert (case.items.count(), Claim.objects.count(), Clock.objects.count()) == (1, 2, 1)


def test_once_it_is_decided_another_fingerprint_of_it_is_looked_at(
    filed: Callable[..., Filed], files: Files, now: datetime
) -> None:
    first, better = (of_file(one, "ab") for one in files(1, 2))
    case = filed(files=[first]).case
    case.items.update(state=Item.State.KEPT, answer=Item.Answer.KEPT, answered_at=now)
    add_to_case(case=case, files=[better], now=now + LATER)
    assert case.items.count() == 2


def test_what_another_case_holds_is_new_to_this_one(
    filed: Callable[..., Filed], files: Files, now: datetime
) -> None:
    filed(files=files(2))
    case = add_to_case(case=filed().case, files=files(2), now=now)
    assert (case.items.count(), Entry.objects.count()) == (2, 2)


def test_answers_that_come_with_it_are_taken(
    filed: Callable[..., Filed], files: Files, now: datetime
) -> None:
    case = filed(signature="").case
    answers = Answers(signature="Ada Example")
    case = add_to_case(case=case, files=files(1), answers=answers, now=now + LATER)
    assert (case.valid_at, case.items.count(), Claim.objects.count()) == (now + LATER, 1, 1)
