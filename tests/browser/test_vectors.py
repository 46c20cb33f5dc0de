"""The answers that JavaScript is tested against are still those of the library."""

from __future__ import annotations

import runpy

from browser_page import ROOT

VECTORS = ROOT / "tests" / "vectors"


def test_the_streams_of_packets_are_still_chosen_from_as_written() -> None:
    made = runpy.run_path(str(VECTORS / "make_video_plan.py"))

    assert made["text"]() == (VECTORS / "video_plan.json").read_text()
