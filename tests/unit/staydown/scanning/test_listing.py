"""What paths and addresses stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from scan_parts import Shelf
from staydown.errors import SourceError
from staydown.scanning.folders import Folder
from staydown.scanning.listing import list_files, place_of
from staydown.scanning.stores import ObjectStore


def test_a_path_is_a_folder_and_a_file_address_as_well(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    place = place_of(f"file://{tmp_path}/a%20b")
    assert isinstance(place, Folder)
    assert place.path == f"{tmp_path}/a b"
    assert isinstance(place_of(str(tmp_path)), Folder)


def test_an_address_of_a_store_is_a_store() -> None:
    assert isinstance(place_of("memory:///"), ObjectStore)


def test_an_unknown_kind_of_address_names_the_known_ones() -> None:
    with pytest.raises(SourceError, match="s3"):
        place_of("gopher://x/y")


def test_a_file_that_lies_below_two_roots_is_scanned_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"abc")
    seen = []
    places = [place_of(str(tmp_path)), place_of(str(tmp_path / "in"))]
    listing = list_files(places, on_found=lambda: seen.append(1))
    assert (len(listing.files), listing.total_bytes, len(seen)) == (1, 3, 1)


def test_files_keep_the_order_of_the_places() -> None:
    listing = list_files([Shelf({"z": b"1", "a": b"2"}), Shelf({"m": b"3"})])
    assert [ref.name for ref in listing.files] == ["z", "a", "m"]
