"""What a document says in words, whatever stands in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.cli.verify.summaries import case_number, laws_of, moment_words, summary_of

KINDS = [
    "notice_received",
    "item_decided",
    "withdrawal_asked",
    "decision_made",
    "order_made",
    "order_answered",
    "case_record",
    "key_changed",
    "audit_tree",
]
NAMES = st.sampled_from(["case", "files", "notices", "item", "outcome", "delivered", "at", "items"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@given(kind=st.sampled_from(KINDS), facts=st.dictionaries(NAMES, VALUES, max_size=8))
def test_facts_of_any_shape_are_read_without_an_error(kind: str, facts: dict[str, Any]) -> None:
    document = {"kind": kind, "facts": facts}
    assert all(isinstance(part, str) for row in summary_of(document) for part in row)
    assert isinstance(case_number(document), str)
    assert all(isinstance(row, dict) for row in laws_of(document))


@pytest.mark.parametrize(
    ("given_text", "words"),
    [
        ("2026-11-26T09:00:00Z", "2026-11-26 09:00:00 UTC"),
        ("yesterday", "yesterday"),
        (None, ""),
        (5, ""),
    ],
)
def test_moments_name_their_zone(given_text: Any, words: str) -> None:
    assert moment_words(given_text) == words


def test_an_order_says_what_to_whom_and_whether_it_arrived() -> None:
    facts = {
        "platform": "Pics",
        "number": 4,
        "order": "0192",
        "what": "remove",
        "state": "done",
        "made_at": "2026-11-26T09:00:00Z",
        "delivered": [{"message": "1", "at": "2026-11-26T09:00:02Z"}],
        "answered_at": "2026-11-26T09:10:00Z",
    }
    said = dict(summary_of({"kind": "order_answered", "facts": facts}))
    assert said["Platform"] == "Pics"
    assert said["To"] == "remove and keep down"
    assert said["Delivered"] == "2026-11-26 09:00:02 UTC"
    assert (said["Answer"], said["Answered"]) == ("done", "2026-11-26 09:10:00 UTC")


def test_a_notice_that_lacked_something_says_so() -> None:
    notice = {"regime": "eu-dsa", "version": "1", "valid_at": None, "due_at": None}
    said = summary_of({"kind": "notice_received", "facts": {"notices": [notice]}})
    assert ("Law", "eu-dsa (rules eu-dsa, 1)") in said
    assert ("  complete in law", "no: something was still missing") in said
