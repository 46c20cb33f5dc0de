from __future__ import annotations

import json

import pytest
from hypothesis import given

import lists
from staydown.errors import ListFormatError
from staydown.formats import ListEntry, ListFormat
from staydown.formats.frame_list import IMPORT_TAG
from staydown.types import Timeline

FORM = ListFormat.VPDQ
A, B = "ab" * 32, "cd" * 32


@given(lists.timelines())
def test_frames_survive_a_round_trip(timeline: Timeline) -> None:
    (entry,), _ = lists.read(lists.write([ListEntry(lists.video(timeline))], FORM), FORM)
    back = entry.fingerprint.timeline
    assert back is not None
    assert back.times_ms.tolist() == timeline.times_ms.tolist()
    assert back.qualities.tolist() == timeline.qualities.tolist()
    assert back.hashes.tolist() == timeline.hashes.tolist()


def test_an_import_is_marked_and_has_no_windows() -> None:
    (entry,), _ = lists.read(json.dumps([f"{A},100,0.000", f"{B},99,1.000"]))
    assert entry.tags == (IMPORT_TAG,)
    timeline = entry.fingerprint.timeline
    assert timeline is not None
    assert (timeline.windows, timeline.duration_ms) == ((), 2000)


def test_several_videos_stand_on_several_lines() -> None:
    line = json.dumps([f"{A},100,0.000"])
    found, _ = lists.read(f"{line}\n{line}\n")
    assert [e.line for e in found] == [1, 2]


def test_a_video_may_carry_an_id_and_tags() -> None:
    (entry,), _ = lists.read(json.dumps({"id": 7, "tags": ["x"], "vpdq": [f"{A},100,0"]}))
    assert (entry.entry_id, entry.tags) == ("7", ("x", IMPORT_TAG))


def test_the_older_form_may_fill_the_whole_file() -> None:
    old = {
        "10": {"quality": 90, "hash": B, "timestamp": 0.5},
        "0": {"quality": 100, "hash": A, "timestamp": 0.0},
    }
    (entry,), _ = lists.read(json.dumps(old, indent=2))
    assert entry.fingerprint.timeline is not None
    assert entry.fingerprint.timeline.times_ms.tolist() == [0, 500]


def times_of(*seconds: str) -> list[int]:
    (entry,), _ = lists.read(json.dumps([f"{A},100,{time}" for time in seconds]))
    timeline = entry.fingerprint.timeline
    assert timeline is not None
    return timeline.times_ms.tolist()


def test_times_in_any_notation_are_put_in_order() -> None:
    assert times_of("2.5", "1", "1.23e+03", "0.0004") == [0, 1000, 2500, 1_230_000]


def test_frames_whose_times_were_rounded_together_are_spread_up_to_the_next() -> None:
    rounded = ["1.22e+03"] * 4 + ["1.23e+03"] * 2
    wanted = [1_220_000, 1_222_500, 1_225_000, 1_227_500, 1_230_000, 1_235_000]
    assert times_of(*rounded) == wanted


def test_more_frames_than_milliseconds_still_rise() -> None:
    assert times_of("0", "0", "0", "0.001") == [0, 1, 2, 3]


def test_a_video_without_frames_is_left_out_and_counted() -> None:
    found, left_out = lists.read("[]\n")
    assert (found, str(left_out)) == ([], "videos without frames (1)")


def test_photos_cannot_be_written() -> None:
    photo = ListEntry(lists.Fingerprint(lists.ContentKind.PHOTO, ()))
    assert lists.write([photo], FORM) == ""


@pytest.mark.parametrize(
    "frame",
    [f"{A},100", f"{A},101,0", f"{A},1,x", f"{A},1,-1", f"{A},1,nan", f"{A},1,inf", "ab,1,0", 3],
)
def test_a_frame_that_cannot_be_read_is_refused(frame: object) -> None:
    good = json.dumps([f"{A},100,0.000"])
    with pytest.raises(ListFormatError, match=r"^list, line 2: ") as caught:
        lists.read(f"{good}\n{json.dumps([frame])}\n", FORM)
    assert A[:16] not in str(caught.value)


@pytest.mark.parametrize("text", ["3", '"x"', '{"0": 1}', '{"0": {"hash": "x"}}', '["', "["])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ListFormatError):
        lists.read(text, FORM)
