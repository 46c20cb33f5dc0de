"""The figures of the first pages are those of the records in docs/results."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()


def record(name: str) -> Any:
    return json.loads((ROOT / "docs" / "results" / f"{name}.json").read_text())


def row(begins: str) -> list[str]:
    """What, ours and the comparison of the row of README's table that begins so."""
    found = [line for line in README.splitlines() if line.startswith(f"| {begins}")]
    assert len(found) == 1, begins
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def share(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".lstrip("0")


def test_recall_of_photos_is_that_of_the_worst_seed() -> None:
    runs = record("images")["copybench"]
    for kind, begins in (("standard", "71 edits of photos"), ("extreme", "8 extreme edits")):
        of_kind = [run for name, run in runs.items() if name.endswith(kind)]
        assert {len(run["transforms"]) for run in of_kind} == {int(begins.split()[0])}
        assert row(begins)[1] == share(min(run["recall_at_zero_fp"] for run in of_kind), 3)


def test_recall_of_clips_is_that_of_the_worst_run() -> None:
    runs = [run for run in record("video")["runs"] if "recall_at_zero_fp" in run]
    known = [run for run in runs if "clips" not in run]
    assert {len(run["by_transform_own"]) for run in known} == {19}
    worst = share(min(run["recall_at_zero_fp"] for run in known), 2)
    held_out = share(min(run["recall_at_zero_fp"] for run in runs if "clips" in run), 2)
    assert row("19 edits of clips")[1] == f"{worst} ({held_out})"


def test_speed_of_fingerprints_is_as_measured() -> None:
    photo = next(one for one in record("photo")["rows"] if one["name"] == "pdq, 12 megapixels")
    _what, ours, other = row("`pdq` of a 12-megapixel JPEG")
    assert ours == f"{photo['ours_ms']:.0f} ms"
    assert other == f"{int(photo['ratio'])} times as long, `threatexchange`"
    clips = [
        one for one in record("video_speed") if (one["keyframes"], one["cores"]) == ("default", 1)
    ]
    _what, ours, other = row("fingerprint of a 5 to 12 s clip, 1080p, few keyframes")
    assert ours == f"{median(one['ours_s'] for one in clips):.1f} s of one core"
    assert other == f"{median(one['cpu_ratio'] for one in clips):.0f} times as much, `vpdq`"


def test_the_exact_search_is_as_its_decision_says() -> None:
    decision = (ROOT / "docs" / "adr" / "0006-hamming-index.md").read_text()
    line = next(line for line in decision.splitlines() if line.startswith("| 10 M |"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    _what, ours, other = row("exact search in 10 million hashes")
    assert ours == f"{float(cells[1].split()[0]) / 1000:.2f} ms"
    assert "over 500 times" in other
    assert float(cells[4]) > 500


def test_imports_and_scans_are_as_measured() -> None:
    found = record("exchange_import")
    times = found["during"]["p99_ms"] / found["before"]["p99_ms"]
    _what, ours, other = row("first import of a partner's list of a million")
    assert found["records"] == 1_000_000
    assert ours == f"{found['seconds']:.0f} s"
    assert other.startswith(f"p99 of checks {times:.1f} times as long")
    found = record("scan")
    _what, ours, other = row("scan against a bank of a million")
    assert ours == f"{int(found['files_per_s'])} files a second"
    assert other.startswith(f"{found['share_of_the_parts']:.0%}".replace("%", " %"))


def test_the_check_api_is_as_measured() -> None:
    found = record("api")
    by_hash = [found["lookups"][name] for name in ("miss", "repeated hit", "first hit")]
    rates = [f"{one['a_second']:,.0f}" for one in by_hash]
    miss, known, new = (one["p99_ms"] for one in by_hash)
    _what, ours, other = row("check API by hash, a million entries")
    assert ours == f"{rates[0]} misses, {rates[1]} known hits, {rates[2]} new hits a second"
    assert other == f"p99 {miss:.1f}, {known:.1f} and {new:.1f} ms"
    names = ("half hit, half miss", "half hit, 25 % new", "half hit, all new")
    (half, half_ms), (some, some_ms), (every, every_ms) = (
        (f"{one['a_second']:,.0f}", f"{one['p99_ms']:.1f}")
        for one in (found["lookups"][name] for name in names)
    )
    _what, ours, other = row("half misses, half hits")
    assert ours == f"{half}, {some} and {every} checks a second"
    assert other == f"p99 {half_ms}, {some_ms} and {every_ms} ms"
    pdq, complete = (found["uploads"][f"upload, {name}"] for name in ("pdq only", "complete"))
    _what, ours, other = row("check API by upload, 12 megapixels")
    assert ours == f"{pdq['a_second']:.0f} (`pdq`), {complete['a_second']:.0f} (complete) a second"
    times = f"{pdq['times_the_peer']:.0f} and {complete['times_the_peer']:.0f} times as many"
    assert other.startswith(times)
    page = " ".join(API.split())
    assert f"{rates[0]} checks by `pdq` a second that find nothing (p99 {miss:.1f} ms)" in page
    assert f"{rates[1]} of content found before ({known:.1f} ms), {rates[2]} of content" in page
    assert f"for the first time ({new:.1f} ms)" in page
    assert f"{half} a second if all of it was found before ({half_ms} ms)" in page
    assert (
        f"{some} if half of it is new ({some_ms} ms), {every} if all of it is ({every_ms} ms)"
        in page
    )
    uploads = f"{pdq['a_second']:.0f} a second with `signals=pdq`, {complete['a_second']:.0f}"
    assert f"{uploads} complete: {times} as a stand-in" in page
    counted = found["notice"]
    assert (
        f"after {counted['p50_ms']:.0f} ms at the median, {counted['p99_ms']:.0f} ms at p99" in page
    )
