"""Records of the client hold what the service's own schemas promise."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from staydown_client import answers, records
from staydown_client.answers import read_with
from staydown_client.errors import AnswerError
from staydown_web.actions.schemas import OrderList, ShownOrder
from staydown_web.reports.schemas import ShownStatement, StatementList
from staydown_web.screening.schemas import BatchAnswer, CheckAnswer, StoredCheck, StoredChecks

NOW = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)
MATCH = {
    "entry_id": uuid4(),
    "kind": "altered",
    "score": 0.91,
    "evidence": {"reason": "said"},
    "bank": "reported",
    "response": "hold",
}
STORED = StoredCheck(
    check_id=uuid4(),
    verdict="hold",
    state="held",
    source="upload",
    content_ref="post-1",
    seen_at=NOW,
    state_at=NOW,
    matches=[MATCH],
)
ORDER = ShownOrder(
    id=uuid4(),
    seq=7,
    what="remove",
    state="waiting",
    content_ref="post-1",
    content_url="https://platform.example/p/1",
    check_id=uuid4(),
    made_at=NOW,
    reason="tida",
    grounds=["tida", "site_rules"],
    restriction="disabled",
    scope="eea",
    until=dt.date(2027, 1, 1),
)
STATEMENT = ShownStatement(
    id=uuid4(),
    state="standing",
    made_at=NOW,
    content_ref="post-1",
    content_url="",
    check_id=uuid4(),
    restriction="removed",
    scope="world",
    duration="limited",
    ends_on=dt.date(2027, 1, 1),
    automation="detected",
    grounds=["platform-terms"],
    uploader=None,
    link="https://staydown.example/s/1",
    texts={"en": "Said.", "de": "Gesagt."},
)


def sent(schema: Any) -> Any:
    """What goes over the wire."""
    return json.loads(schema.model_dump_json())


def same(record: Any, schema: Any) -> bool:
    """Whether each part of a record is what the schema holds under its name."""
    return all(
        _plain(getattr(record, f.name)) == _plain(getattr(schema, f.name))
        for f in dataclasses.fields(record)
    )


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.model_dump() if hasattr(value, "model_dump") else value


def test_orders_are_read_as_they_are_written() -> None:
    (order,) = answers.order_page_of(sent(OrderList(orders=[ORDER], next=7))).orders
    assert same(order, ORDER)
    assert {f.name for f in dataclasses.fields(order)} == {*ShownOrder.model_fields}
    bare = ORDER.model_copy(update={"check_id": None, "until": None, "restriction": ""})
    assert same(answers.order_of(sent(bare)), bare)


def test_statements_are_read_as_they_are_written() -> None:
    page = answers.statement_page_of(sent(StatementList(statements=[STATEMENT], next=STATEMENT.id)))
    assert same(page.statements[0], STATEMENT)
    assert page.next == STATEMENT.id


def test_a_statement_of_an_earlier_service_names_no_check() -> None:
    data = sent(STATEMENT)
    del data["check_id"]
    assert answers.statement_of(data).check_id is None


def test_checks_are_read_as_they_are_written() -> None:
    page = answers.hit_page_of(sent(StoredChecks(hits=[STORED], next="x")))
    assert same(page.hits[0], STORED)
    made = CheckAnswer(verdict="block", check_id=uuid4(), matches=[MATCH])
    made.ignored_signals = ["windows/9"]
    assert same(answers.check_of(sent(made)), made)
    bare = {"verdict": "clear", "check_id": str(uuid4())}
    assert answers.check_of(bare).ignored_signals == ()


def test_problems_of_a_batch_are_read_in_their_place() -> None:
    problem = {"type": "t", "title": "t", "status": 422, "code": "fingerprint_too_plain"}
    rows = [{"problem": {**problem, "detail": "said"}}, {"verdict": "clear", "check_id": uuid4()}]
    found = answers.checks_of(sent(BatchAnswer(answers=rows)))
    assert found[0] == records.Problem("fingerprint_too_plain", 422, "said")
    assert isinstance(found[1], records.Check)


@pytest.mark.parametrize("name", sorted(ShownOrder.model_fields))
def test_an_order_without_a_part_or_with_a_strange_one_is_no_answer(name: str) -> None:
    whole = sent(ORDER)
    for wrong in ({k: v for k, v in whole.items() if k != name}, {**whole, name: {"odd": 1}}):
        with pytest.raises(AnswerError) as raised:
            read_with(answers.order_of, wrong)
        assert "post-1" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "wrong"), [("made_at", "2026-11-26T12:00:00"), ("what", "burn"), ("id", "7")]
)
def test_values_that_nobody_knows_are_no_answer(name: str, wrong: str) -> None:
    with pytest.raises(AnswerError):
        read_with(answers.order_of, {**sent(ORDER), name: wrong})


def test_what_a_later_service_adds_is_passed_over() -> None:
    assert answers.order_of({**sent(ORDER), "more": 1}).id == ORDER.id
    assert isinstance(ORDER.id, UUID)
