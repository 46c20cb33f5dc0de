from __future__ import annotations

import json
from pathlib import Path

import staydown
from staydown.types import SAME_BYTES, Evidence, Match, MatchKind, TimeSpan, Transform


def test_a_match_as_json_leaves_out_what_is_not_known() -> None:
    match = Match("case-1", MatchKind.SAME, 0.987654, Evidence("Both are equal.", distance=3))
    assert match.to_dict() == {
        "entry_id": "case-1",
        "kind": "same",
        "score": 0.9877,
        "evidence": {"reason": "Both are equal.", "distance": 3, "points": 0},
    }


def test_full_evidence_is_plain_json() -> None:
    evidence = Evidence(
        "Mirrored.",
        transform=Transform((1, 0, 0, 0, 1, 0), mirrored=True, rotation_deg=0, scale=1),
        query_box=(0, 0, 1, 1),
        time_span=TimeSpan(0, 1, 2, 3),
        altered_cells=(1,) * 16,
    )
    told = json.loads(json.dumps(evidence.to_dict()))
    assert told["transform"]["mirrored"] is True
    assert told["time_span"]["entry_end_s"] == 3
    assert told["altered_cells"] == [1] * 16


def test_the_reason_of_an_identical_match_is_written_in_one_place() -> None:
    source = Path(staydown.__file__).parent.parent
    found = [path for path in source.rglob("*.py") if SAME_BYTES in path.read_text()]
    assert [path.relative_to(source).as_posix() for path in found] == ["staydown/types/match.py"]
