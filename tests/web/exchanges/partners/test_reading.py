"""What the rows of all partners have in common: moments, versions, checkpoints, addresses."""

from __future__ import annotations

import contextlib
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_servers.reading import NOW, hex_of, photo_raw
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown.types.signals import HEX_BYTES
from staydown_web.base.errors import FieldsError
from staydown_web.exchanges.partners import fields_of, open_partner, partner_class, reading
from staydown_web.exchanges.partners.line import checked_address
from staydown_web.exchanges.partners.wire import Kind, Record, RecordState
from staydown_web.exchanges.partners.xml_bodies import XmlError, read_xml

LISTED, WITHDRAWN = RecordState.LISTED, RecordState.WITHDRAWN
seconds = st.integers(0, 2_000_000_000)
records = st.builds(
    Record,
    st.sampled_from("abc"),
    st.sampled_from([LISTED, WITHDRAWN]),
    at=st.integers(0, 3).map(lambda number: NOW + timedelta(seconds=number)),
)


@given(rows=st.lists(records, max_size=12).flatmap(st.permutations))
def test_any_order_of_versions_comes_to_the_same(rows) -> None:
    kept = {record.key: (record.state, record.at) for record in reading.latest(rows)}
    in_order = sorted(rows, key=lambda record: (record.at, record.state is WITHDRAWN))
    assert kept == {record.key: (record.state, record.at) for record in in_order}


def test_without_moments_what_comes_later_on_the_page_counts() -> None:
    first, second = Record("a", LISTED), Record("a", RecordState.DISPUTED)
    assert reading.latest([first, second]) == (second,)
    assert reading.latest([second, first]) == (first,)


@given(since=seconds, theirs=seconds, ours=seconds)
def test_the_next_pass_never_begins_after_either_clock_nor_before_this(since, theirs, ours) -> None:
    now = datetime.fromtimestamp(ours, UTC)
    begins = reading.next_since(since, partner_now=theirs, now=now)
    assert begins >= since
    assert begins == since or begins == min(theirs, ours) - reading.OVERLAP_S


def test_a_partner_that_does_not_tell_its_time_is_read_from_the_same_place() -> None:
    assert reading.next_since(5, partner_now=None, now=NOW) == 5


@pytest.mark.parametrize("value", [None, "1", True, math.inf, math.nan, 10**30, -(10**30), [1]])
def test_what_is_no_moment_is_none(value) -> None:
    assert reading.moment(value, now=NOW) is None


@pytest.mark.parametrize("value", [0, 1_700_000_000, 1_704_901_040.222])
def test_a_moment_is_in_utc(value) -> None:
    assert reading.moment(value, now=NOW) == datetime.fromtimestamp(value, UTC)


@given(parts=st.dictionaries(st.sampled_from("abcd"), st.integers() | st.text(max_size=50)))
def test_a_checkpoint_comes_back(parts) -> None:
    assert reading.read_checkpoint(reading.write_checkpoint(**parts)) == parts


@given(text=st.text(max_size=100))
def test_any_text_is_a_checkpoint_or_the_beginning(text) -> None:
    assert isinstance(reading.read_checkpoint(text), dict)


@pytest.mark.parametrize("text", [hex_of(1).upper(), f" {hex_of(1)}\n"])
def test_hashes_are_read_as_partners_write_them(text) -> None:
    made = reading.hash_raw(ContentKind.PHOTO, {SignalType.PDQ: text})
    assert made == photo_raw(pdq=hex_of(1))


@given(
    kind=st.sampled_from(list(ContentKind)),
    type_=st.sampled_from([SignalType.PDQ, SignalType.MD5, SignalType.SHA256]),
    data=st.data(),
)
def test_the_short_way_for_one_hash_leads_to_the_same_bytes(kind, type_, data) -> None:
    size = HEX_BYTES[type_]
    digest = data.draw(st.binary(min_size=size, max_size=size))
    long_way = Fingerprint(kind, (Signal.of(type_, digest),)).to_bytes()
    assert reading.hash_raw(kind, {type_: digest.hex()}) == long_way


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zz",
        "\u0661" * 64,
        "0x" + hex_of(1)[2:],
        hex_of(1)[:-1],
        hex_of(1)[:-2],
        hex_of(1) + "00",
    ],
)
def test_what_is_no_hash_is_none(text) -> None:
    assert reading.hash_raw(ContentKind.PHOTO, {SignalType.PDQ: text}) is None


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://api.example/v1/", "https://api.example/v1"),
        (" https://api.example ", "https://api.example"),
        ("http://127.0.0.1:8120/v1", "http://127.0.0.1:8120/v1"),
        ("http://[::1]:8120", "http://[::1]:8120"),
        ("http://localhost:1/a", "http://localhost:1/a"),
    ],
)
def test_an_address_is_https_or_on_this_machine(address, kept) -> None:
    assert checked_address(address) == kept


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example",
        "http://10.0.0.1",
        "http://127.1",
        "http://localhost.example",
        "https://user:word@api.example",
        "https://api.example/#part",
        "https://169.254.169.254/latest",
        "https://0.0.0.0/list",
        "https://[::]/list",
        "https://",
        "file:///etc/passwd",
    ],
)
def test_any_other_address_is_refused_by_its_field(address) -> None:
    with pytest.raises(FieldsError) as error:
        checked_address(address)
    assert list(error.value.fields) == ["address"]


@given(body=st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_xml(body) -> None:
    with contextlib.suppress(XmlError):
        assert read_xml(body).tag


def test_xml_is_read_without_its_namespaces() -> None:
    root = read_xml(b'<a xmlns="https://x.example"><b c="1"> t <d/></b><b>u</b></a>')
    assert [node.text for node in root.every("b")] == ["t", "u"]
    assert root.children[0].attributes == {"c": "1"}
    assert (root.text_of("b"), root.text_of("z"), root.child("z")) == ("t", "", None)


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_every_kind_has_its_code(kind) -> None:
    assert partner_class(str(kind)).fields == fields_of(kind)


def test_a_kind_that_nobody_speaks_is_none() -> None:
    with pytest.raises(ValueError, match="is not a valid Kind"):
        open_partner("another", {}, {}, None)  # type: ignore[arg-type]
