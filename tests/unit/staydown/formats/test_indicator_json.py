from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lists
from staydown.errors import ListFormatError
from staydown.formats import ListEntry, ListFormat
from staydown.types import ContentKind, SignalType

FORM = ListFormat.JSON
PDQ, MD5 = "ab" * 32, "cd" * 16
entries = st.builds(
    ListEntry, lists.photos(lists.pdq_signals), lists.ids, lists.tags, st.booleans()
)


def one(row: dict[str, object]) -> ListEntry:
    (entry,), _ = lists.read(json.dumps(row), FORM)
    return entry


def update(**changes: object) -> dict[str, object]:
    """One row as ThreatExchange sends updates."""
    said = {"status": "MALICIOUS", "tags": {"data": [{"text": "ncii"}]}}
    row = {
        "id": "3058061737574159",
        "indicator": PDQ,
        "type": "HASH_PDQ",
        "last_updated": 1593631875,
        "should_delete": False,
        "descriptors": {"data": [said]},
    }
    return row | changes


@given(st.lists(entries, max_size=4))
def test_reading_returns_what_was_written(entries: list[ListEntry]) -> None:
    found, _ = lists.read(lists.write(entries, FORM), FORM)
    assert [lists.bare(e) for e in found] == [lists.bare(e) for e in entries]


def test_an_update_of_threatexchange() -> None:
    entry = one(update())
    assert entry.entry_id == "3058061737574159"
    assert (entry.tags, entry.withdrawn) == (("ncii",), False)
    assert entry.fingerprint.get(SignalType.PDQ) is not None


def test_a_page_of_results_may_fill_the_whole_file() -> None:
    text = json.dumps({"data": [update(), update(id="2")], "paging": {}}, indent=1)
    found, _ = lists.read(text)
    assert [e.entry_id for e in found] == ["3058061737574159", "2"]


@pytest.mark.parametrize(
    "change",
    [
        {"should_delete": True},
        {"descriptors": {"data": []}},
        {"descriptors": {"data": [{"status": "NON_MALICIOUS"}]}},
    ],
)
def test_what_partners_take_back_comes_back_withdrawn(change: dict[str, object]) -> None:
    assert one(update(**change)).withdrawn


def test_an_update_without_any_description_is_a_withdrawal() -> None:
    row = update()
    del row["descriptors"]
    assert one(row).withdrawn


def test_a_withdrawal_may_come_without_the_hash() -> None:
    row = update(should_delete=True)
    del row["indicator"]
    entry = one(row)
    assert (entry.withdrawn, entry.fingerprint.signals) == (True, ())


def test_members_who_disagree_make_it_disputed() -> None:
    said = [{"status": "MALICIOUS", "tags": ["a"]}, {"status": "NON_MALICIOUS", "tags": "b c"}]
    entry = one(update(descriptors={"data": said}))
    assert (entry.withdrawn, entry.tags) == (False, ("a", "b", "c", "disputed"))


def test_md5_of_videos_and_types_we_do_not_match() -> None:
    rows = [
        {"type": "HASH_VIDEO_MD5", "indicator": MD5},
        {"type": "HASH_URL_MD5", "indicator": MD5},
        {"signal_type": "vpdq", "signal_str": json.dumps([f"{PDQ},100,0.000"])},
    ]
    found, left_out = lists.read("".join(json.dumps(row) + "\n" for row in rows))
    assert [e.fingerprint.kind for e in found] == [ContentKind.VIDEO, ContentKind.VIDEO]
    assert str(left_out) == "rows of other signal types (1)"


@pytest.mark.parametrize(
    "row",
    [
        {"type": "HASH_PDQ"},
        {"type": "HASH_PDQ", "indicator": 5},
        {"type": "HASH_PDQ", "indicator": MD5},
        {"type": "HASH_PDQ", "indicator": PDQ, "quality": "87"},
        {"type": "HASH_PDQ", "indicator": PDQ, "quality": 101},
        {"type": "HASH_PDQ", "indicator": PDQ, "quality": True},
        {"type": "HASH_PDQ", "indicator": PDQ, "id": [1]},
        {"type": "vpdq", "indicator": "x"},
        [1],
        7,
    ],
)
def test_a_bad_row_is_named_without_its_hash(row: object) -> None:
    good = json.dumps({"type": "HASH_PDQ", "indicator": PDQ})
    with pytest.raises(ListFormatError, match=r"^list, line 2: ") as caught:
        lists.read(f"{good}\n{json.dumps(row)}\n", FORM)
    assert PDQ[:16] not in str(caught.value)
    assert MD5[:16] not in str(caught.value)
