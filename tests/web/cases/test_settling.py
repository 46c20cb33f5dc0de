"""What becomes of items and places, and what the case's state says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.audit.models import Event
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services import (
    Filed,
    ask_withdrawal,
    derive_state,
    settle_item,
    settle_location,
)

SETTLED = {"removed", "kept"}
states = st.lists(st.sampled_from(Item.State.values), max_size=8)


@given(is_valid=st.booleans(), items=states)
def test_the_state_follows_from_the_items(is_valid: bool, items: list[str]) -> None:
    state = derive_state(is_valid=is_valid, item_states=items)
    living = [s for s in items if s != "withdrawn"]
    assert (state == Case.State.DECIDED) == (bool(living) and set(living) <= SETTLED)
    untouched = not set(living) & {*SETTLED, "in_review"}
    assert (state == Case.State.VALID) == (untouched and is_valid)
    assert (state == Case.State.NEEDS_INFORMATION) == (untouched and not is_valid)


@given(is_valid=st.booleans(), items=states, data=st.data())
def test_the_order_of_items_does_not_matter(
    is_valid: bool, items: list[str], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(items))
    assert derive_state(is_valid=is_valid, item_states=items) == derive_state(
        is_valid=is_valid, item_states=shuffled
    )
    assert derive_state(is_valid=is_valid, item_states=[*items, "withdrawn"]) == derive_state(
        is_valid=is_valid, item_states=items
    )


@pytest.mark.django_db
def test_every_change_is_an_event_and_the_case_follows(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]], now: datetime
) -> None:
    case = filed(files=files(1, 2)).case
    one, other = case.items.order_by("position")
    steps = [
        (one, "in_review", "in_review"),
        (one, "removed", "in_review"),
        (other, "kept", "decided"),
        (other, "in_review", "in_review"),
        (other, "removed", "decided"),
    ]
    for item, state, wanted in steps:
        assert settle_item(item=item, state=state, actor="system", now=now)
        case.refresh_from_db()
        assert case.state == wanted
    events = Event.objects.filter(what="item_settled", case_id=case.pk).order_by("seq")
    assert [(e.facts["state"], e.facts["case_state"]) for e in events] == [
        (state, wanted) for _item, state, wanted in steps
    ]


@pytest.mark.django_db
def test_the_same_state_again_changes_and_tells_nothing(
    filed: Callable[..., Filed], now: datetime
) -> None:
    item = filed().case.items.get()
    assert settle_item(item=item, state="removed", actor="system", now=now)
    assert not settle_item(item=item, state="removed", actor="system", now=now)
    assert Event.objects.filter(what="item_settled").count() == 1


@pytest.mark.django_db
def test_what_she_took_back_is_never_settled(filed: Callable[..., Filed], now: datetime) -> None:
    case = filed().case
    item = case.items.get()
    ask_withdrawal(case=case, now=now)
    for state in ("received", "in_review", "removed", "kept"):
        assert not settle_item(item=item, state=state, actor="system", now=now)
    item.refresh_from_db()
    assert item.state == Item.State.WITHDRAWN


@pytest.mark.django_db
def test_a_place_is_found_then_removed_each_an_event(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    location = case.locations.get()
    assert settle_location(location=location, state="found", now=now)
    assert settle_location(location=location, state="removed", now=now)
    assert not settle_location(location=location, state="removed", now=now)
    assert not settle_location(location=location, state="unreachable", now=now)
    location.refresh_from_db()
    assert (location.state, location.next_try_at) == (Location.State.REMOVED, None)
    whats = Counter(Event.objects.filter(case_id=case.pk).values_list("what", flat=True))
    assert (whats["location_found"], whats["location_removed"]) == (1, 1)
