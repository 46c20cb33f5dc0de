"""A list in a file or at an address: all of it or nothing, and what left it is withdrawn."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from exchange_servers.lists import TOKEN, ListServer, key_of
from exchange_servers.reading import (
    NOW,
    hex_of,
    open_at,
    photo_raw,
    read_all,
    records_of,
    video_raw,
)
from staydown_web.base.errors import ExchangeAuthError, ExchangePayloadError, FieldsError
from staydown_web.base.fetching import Fetcher
from staydown_web.exchanges.partners import open_partner
from staydown_web.exchanges.partners.lists import hash_list, prepared
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Kind, Partner, RecordState

LISTED, WITHDRAWN, DISPUTED = RecordState.LISTED, RecordState.WITHDRAWN, RecordState.DISPUTED


@pytest.fixture
def server() -> Iterator[ListServer]:
    with ListServer() as made:
        yield made


@pytest.fixture
def partner(server: ListServer) -> Partner:
    return open_at(server, Kind.LIST)


@pytest.fixture
def small_pages(monkeypatch) -> None:
    monkeypatch.setattr(prepared, "PAGE_ROWS", 2)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(settings.STAYDOWN_HOME) / "lists"
    made.mkdir(exist_ok=True)
    yield made
    for path in made.iterdir():
        path.unlink()


def open_file(name: str, **config: str) -> Partner:
    return open_partner(Kind.LIST, {"file": name, **config}, {}, Fetcher())


def test_every_signal_of_the_plain_format_comes(server, partner) -> None:
    keys = {
        server.add(hex_of(1)): photo_raw(pdq=hex_of(1)),
        server.add(hex_of(2, 16), signal="md5"): photo_raw(md5=hex_of(2, 16)),
        server.add(hex_of(3), signal="sha256"): photo_raw(sha256=hex_of(3)),
        server.add(hex_of(4, 16), signal="video_md5"): video_raw(md5=hex_of(4, 16)),
    }
    (page,) = read_all(partner)
    assert {record.key: record.raws[0] for record in page.records} == keys
    assert (page.begins_whole, page.ends_whole) == (True, True)


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (f"hash,quality,tags\n{hex_of(1)},100,a\n", [key_of(hex_of(1))]),
        (f'{{"type":"HASH_PDQ","indicator":"{hex_of(1)}","id":"7"}}\n', ["7"]),
        (json.dumps([f"{hex_of(1)},100,0.000"]), None),
        (f"# ours\n{hex_of(1, 16)}\n", [key_of(hex_of(1, 16), "md5")]),
    ],
)
def test_every_format_that_staydown_reads_is_taken(server, partner, body, keys) -> None:
    server.serve(body.encode())
    (page,) = read_all(partner)
    assert len(page.records) == 1
    if keys and "quality" not in body:
        assert [record.key for record in page.records] == keys


def test_our_own_format_says_what_is_withdrawn_and_disputed(server, partner) -> None:
    fingerprint = {
        "version": 1,
        "kind": "photo",
        "signals": [{"type": "pdq", "value": hex_of(1), "quality": 90}],
    }
    rows = [
        {"id": "a", **fingerprint},
        {"id": "b", "withdrawn": True, **fingerprint},
        {"id": "c", "tags": ["disputed"], **fingerprint},
    ]
    server.serve("\n".join(json.dumps(row) for row in rows).encode())
    got = records_of(read_all(partner))
    assert [(got[key].state, len(got[key].raws)) for key in "abc"] == [
        (LISTED, 1),
        (WITHDRAWN, 0),
        (DISPUTED, 1),
    ]


@pytest.mark.parametrize("type_", ["pdq", "sha256"])
def test_bare_hashes_are_what_the_operator_says(server, type_) -> None:
    server.serve(hex_of(1).encode())
    partner = open_at(server, Kind.LIST, type=type_, kind="photo", format="hashes")
    (page,) = read_all(partner)
    assert page.records[0].raws == (photo_raw(**{type_: hex_of(1)}),)


@pytest.mark.usefixtures("small_pages")
def test_a_long_list_comes_in_pages_of_one_pass_and_is_asked_for_once(server, partner) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    pages = read_all(partner)
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert list(records_of(pages)) == keys
    assert [page.begins_whole for page in pages] == [True, False, False]
    assert [page.ends_whole for page in pages] == [False, False, True]
    assert len(server.requests) == 1


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("is_new_process", [False, True])
def test_another_turn_goes_on_in_the_middle(server, partner, is_new_process, monkeypatch) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    first = partner.fetch("", now=NOW)
    if is_new_process:
        monkeypatch.setattr(hash_list, "_SHELF", prepared.Shelf())
    rest = read_all(open_at(server, Kind.LIST), first.checkpoint)
    assert list(records_of([first, *rest])) == keys
    assert [page.begins_whole for page in rest] == [False, False]
    assert len(server.requests) == (2 if is_new_process else 1)


@pytest.mark.usefixtures("small_pages")
def test_a_list_that_changed_in_the_middle_is_begun_anew(server, partner, monkeypatch) -> None:
    keys = [server.add(hex_of(number)) for number in range(5)]
    first = partner.fetch("", now=NOW)
    monkeypatch.setattr(hash_list, "_SHELF", prepared.Shelf())
    server.withdraw(keys[0])
    again = read_all(partner, first.checkpoint)
    assert (again[0].begins_whole, again[-1].ends_whole) == (True, True)
    assert list(records_of(again)) == keys[1:]


def test_a_row_that_left_is_in_no_page_of_the_next_pass(server, partner) -> None:
    kept, gone = server.add(hex_of(1)), server.add(hex_of(2))
    (first,) = read_all(partner)
    server.withdraw(gone)
    (second,) = read_all(partner, first.checkpoint)
    assert (second.begins_whole, second.ends_whole) == (True, True)
    assert [record.key for record in second.records] == [kept]


@pytest.mark.parametrize("mark", ["has_etag", "has_modified"])
def test_a_list_that_is_the_same_is_not_sent_again(server, partner, mark) -> None:
    server.add(hex_of(1))
    setattr(server, {"has_etag": "has_modified", "has_modified": "has_etag"}[mark], False)
    (first,) = read_all(partner)
    (second,) = read_all(partner, first.checkpoint)
    name = "if-none-match" if mark == "has_etag" else "if-modified-since"
    assert name in server.requests[1].headers
    assert (second.records, second.checkpoint) == ((), first.checkpoint)
    assert (second.begins_whole, second.ends_whole) == (False, False)


def test_a_list_without_marks_that_is_the_same_is_not_taken_again(server, partner) -> None:
    server.add(hex_of(1))
    server.has_etag = server.has_modified = False
    (first,) = read_all(partner)
    (second,) = read_all(partner, first.checkpoint)
    assert (second.records, second.ends_whole) == ((), False)


def test_rows_that_come_twice_and_in_another_order_are_the_same_records(server, partner) -> None:
    lines = [f"pdq {hex_of(number)}" for number in (3, 1, 2, 1, 3)]
    server.serve("\n".join(lines).encode())
    got = records_of(read_all(partner))
    assert set(got) == {key_of(hex_of(number)) for number in (1, 2, 3)}


def test_one_unreadable_row_lets_nothing_in(server, partner) -> None:
    server.serve(f"pdq {hex_of(1)}\npdq {hex_of(2)[:-1]}x\n".encode())
    with pytest.raises(ExchangePayloadError, match="line 2") as error:
        partner.fetch("", now=NOW)
    assert hex_of(2)[:20] not in str(error.value)


def test_rows_of_other_types_are_counted_and_hold_nothing_up(server) -> None:
    partner = open_at(server, Kind.LIST, format="hashes")
    server.serve(f"sha1 {hex_of(1, 20)}\npdq {hex_of(1)}\nphotodna 1,2,3\n".encode())
    (page,) = read_all(partner)
    assert [record.left_out for record in page.records] == [
        (),
        ("lines of other signal types",),
        ("lines of other signal types",),
    ]
    assert len({record.key for record in page.records}) == 3


def test_half_a_list_withdraws_nothing(server, partner) -> None:
    for number in range(100):
        server.add(hex_of(number))
    (first,) = read_all(partner)
    for key in list(server.lines)[:51]:
        server.withdraw(key)
    with pytest.raises(ExchangePayloadError, match="49 rows and had 100"):
        partner.fetch(first.checkpoint, now=NOW)
    (agreed,) = read_all(open_at(server, Kind.LIST, may_shrink="yes"), first.checkpoint)
    assert (len(agreed.records), agreed.ends_whole) == (49, True)


def test_an_empty_list_is_a_whole_pass_of_nothing(server, partner) -> None:
    (page,) = read_all(partner)
    assert (page.records, page.begins_whole, page.ends_whole) == ((), True, True)


def test_a_web_page_is_no_list(server, partner) -> None:
    server.serve(b"<html>sign in</html>", "text/html; charset=utf-8")
    with pytest.raises(ExchangePayloadError, match="web page"):
        partner.fetch("", now=NOW)


def test_a_list_behind_a_token(server) -> None:
    server.token = TOKEN
    server.add(hex_of(1))
    assert len(read_all(open_at(server, Kind.LIST))[0].records) == 1
    with pytest.raises(ExchangeAuthError, match="The list"):
        open_at(server, Kind.LIST, token="another").fetch("", now=NOW)


def test_a_file_in_the_folder_is_read_when_it_changes(folder) -> None:
    path = folder / "known.txt"
    path.write_text(f"pdq {hex_of(1)}\n")
    partner = open_file("known.txt")
    (first,) = read_all(partner)
    assert [record.key for record in first.records] == [key_of(hex_of(1))]
    (same,) = read_all(partner, first.checkpoint)
    assert (same.records, same.ends_whole) == ((), False)
    path.write_text(f"pdq {hex_of(2)}\npdq {hex_of(3)}\n")
    (changed,) = read_all(partner, first.checkpoint)
    assert {record.key for record in changed.records} == {key_of(hex_of(2)), key_of(hex_of(3))}


@pytest.mark.parametrize("how", ["missing", "link", "pipe", "folder"])
def test_what_is_no_plain_file_is_not_opened(folder, tmp_path, how) -> None:
    outside = tmp_path / "secret"
    outside.write_text("x")
    match how:
        case "link":
            (folder / "x").symlink_to(outside)
        case "pipe":
            os.mkfifo(folder / "x")
        case "folder":
            (tmp_path / "y").mkdir()
            (folder / "x").symlink_to(tmp_path / "y")
    with pytest.raises(ExchangePayloadError, match="file"):
        open_file("x").fetch("", now=NOW)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", ".hidden", "a/b", "a\0b"])
def test_only_a_name_is_taken_never_a_path(name) -> None:
    with pytest.raises(FieldsError) as error:
        open_file(name)
    assert list(error.value.fields) == ["file"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "address"),
        ({"address": "https://lists.example/a", "file": "a"}, "address"),
        ({"address": "http://lists.example/a"}, "address"),
        ({"file": "a", "format": "xlsx"}, "format"),
        ({"file": "a", "type": "sha1"}, "type"),
        ({"file": "a", "kind": "sound"}, "kind"),
    ],
)
def test_settings_that_cannot_be_used_are_named(config, field) -> None:
    with pytest.raises(FieldsError) as error:
        open_partner(Kind.LIST, config, {}, Fetcher())
    assert list(error.value.fields) == [field]


def test_a_list_is_only_read(server, partner) -> None:
    assert (partner.takes_feedback, partner.takes_entries) == (frozenset(), False)
    with pytest.raises(ExchangePayloadError):
        partner.send([Feedback("1", FeedbackKind.SEEN, b"")], now=NOW)
    with pytest.raises(ExchangePayloadError):
        partner.contribute([photo_raw(pdq=hex_of(1))], now=NOW)


def test_trying_out_reads_to_the_end_and_keeps_nothing(server, partner) -> None:
    server.serve(b"pdq zz\n")
    with pytest.raises(ExchangePayloadError, match="line 1"):
        partner.try_out()
    server.body = None
    server.add(hex_of(1))
    partner.try_out()
    assert read_all(partner)[0].begins_whole
