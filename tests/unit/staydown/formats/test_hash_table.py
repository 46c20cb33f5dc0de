from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lists
from staydown.errors import ListFormatError
from staydown.formats import ListEntry, ListFormat
from staydown.types import ContentKind, SignalType

FORM = ListFormat.CSV
PDQ, MD5 = "ab" * 32, "cd" * 16
entries = st.builds(ListEntry, lists.photos(lists.pdq_signals), tags=lists.tags)


@given(st.lists(entries, max_size=4))
def test_reading_returns_what_was_written(entries: list[ListEntry]) -> None:
    found, _ = lists.read(lists.write(entries, FORM), FORM)
    assert [lists.bare(e) for e in found] == [lists.bare(e) for e in entries]


def test_what_is_written() -> None:
    (entry,), _ = lists.read(f"hash,quality,tags\n{PDQ},87,ncii;eu\n")
    assert lists.write([entry], FORM) == f"hash,quality,tags\n{PDQ},87,ncii eu\n"


def test_rows_without_a_header_are_hash_quality_tags() -> None:
    found, _ = lists.read(f"{PDQ},90,\n{PDQ.upper()}\n", FORM)
    assert [e.fingerprint.signals[0].quality for e in found] == [90, None]


def test_the_table_that_threatexchange_prints() -> None:
    found, left_out = lists.read(
        "signal_type,signal_str,collab,category,tags\r\n"
        f"pdq,{PDQ},Some Collab,POSITIVE_CLASS,a b\r\n"
        f"video_md5,{MD5},Some Collab,NEGATIVE_CLASS,\r\n"
        "url,example,Some Collab,POSITIVE_CLASS,\r\n"
        f'vpdq,"[""{PDQ},100,0.000"", ""{PDQ},99,1.000""]",Some Collab,POSITIVE_CLASS,\r\n'
    )
    assert [e.fingerprint.kind for e in found] == [
        ContentKind.PHOTO,
        ContentKind.VIDEO,
        ContentKind.VIDEO,
    ]
    assert [e.withdrawn for e in found] == [False, True, False]
    assert found[0].tags == ("a", "b")
    assert found[2].fingerprint.get(SignalType.TIMELINE)
    assert str(left_out) == "rows of other signal types (1)"


def test_the_table_of_a_threatexchange_query() -> None:
    (one, two), _ = lists.read(
        "id,indicator,type,status,tags,owner_id\n"
        f"17,{PDQ},HASH_PDQ,MALICIOUS,x,5\n"
        f"18,{PDQ},HASH_PDQ,NON_MALICIOUS,x,5\n"
    )
    assert (one.entry_id, one.withdrawn, two.entry_id, two.withdrawn) == ("17", False, "18", True)


def test_a_column_named_md5_holds_md5() -> None:
    (entry,), _ = lists.read(f"md5,tags\n{MD5},x\n")
    assert entry.fingerprint.signals[0].type is SignalType.MD5


@pytest.mark.parametrize(
    "row",
    [f"{PDQ}0,1,", f"{PDQ[:-1]}g,1,", f"{PDQ},101,", f"{PDQ},-1,", f"{PDQ},x,", f'{PDQ},1,"x', ""],
)
def test_a_bad_row_is_named_without_its_hash(row: str) -> None:
    text = f"hash,quality,tags\n{PDQ},1,\n{row or ',,'}\n"
    with pytest.raises(ListFormatError, match=r"^list, line 3: ") as caught:
        lists.read(text, FORM)
    assert PDQ[:16] not in str(caught.value)


def test_a_header_without_hashes_is_refused() -> None:
    with pytest.raises(ListFormatError, match="no column holds the hashes"):
        lists.read("quality,tags\n1,x\n", FORM)


@pytest.mark.parametrize("cells", [f"{'x' * 1025},", f",{'x' * 201}"])
def test_ids_and_tags_that_our_own_format_would_refuse_are_refused(cells: str) -> None:
    with pytest.raises(ListFormatError, match="line 2: "):
        lists.read(f"hash,id,tags\n{PDQ},{cells}\n")
