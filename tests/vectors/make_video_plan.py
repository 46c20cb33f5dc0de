"""Write ``video_plan.json``: streams of packets and which of them banking decodes, for JavaScript.

PYTHONPATH=tests python tests/vectors/make_video_plan.py
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from staydown.decode.video_plan import BANKING, PacketChooser, TimedPacket, groups

PATH = Path(__file__).with_name("video_plan.json")


def packet(index: int, *, is_key: bool) -> Any:
    return Mock(index=index, is_keyframe=is_key, size=100)


def stream(times: list[float], keys: list[int]) -> dict[str, Any]:
    timed = [TimedPacket(packet(i, is_key=i in keys), time_s) for i, time_s in enumerate(times)]
    chooser = PacketChooser(BANKING)
    chosen = [one.index for group in groups(timed) for one in chooser.needed(group)]
    return {"times": times, "keys": keys, "chosen": chosen}


def reordered(rng: random.Random, count: int, rate: float) -> list[float]:
    """Times in decoding order: now and then a later picture comes before those between."""
    shown = [round(index / rate, 6) for index in range(count)]
    at = 1
    while at < count:
        ahead = min(rng.choice((0, 0, 1, 2, 3)), count - 1 - at)
        shown.insert(at, shown.pop(at + ahead))
        at += ahead + 1
    return shown


def streams() -> list[dict[str, Any]]:
    rng = random.Random(5)
    made = [stream([0.0], [0]), stream([k / 10 for k in range(8)], list(range(8)))]
    for rate in (2, 10, 24, 30, 60):
        for spacing in (3, 12, 25, 60, 1000):
            count = rng.randint(20, 90)
            keys = [k for k in range(0, count, spacing) if k == 0 or rng.random() < 0.9]
            made.append(stream(reordered(rng, count, rate), keys))
    return [*made, stream(reordered(rng, 40, 25), [])]


def text() -> str:
    rows = ",\n".join(json.dumps(one) for one in streams())
    return f'{{"about": "ADR-0012; made by make_video_plan.py", "streams": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    PATH.write_text(text())
