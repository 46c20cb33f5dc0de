"""The page: safe with any text, complete, silent towards the outside."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_files import CLIP, MEDIA
from scan_parts import a_match, a_ref, matched, rich_match
from staydown.scanning.folders import Folder
from staydown.scanning.outcomes import Outcome, Verdict
from staydown.scanning.places import FileRef
from staydown.scanning.report import Report, model, write_report
from staydown.scanning.report.page import page
from staydown.scanning.report.pictures import Thumbnail, thumbnails
from staydown.scanning.totals import Totals
from staydown.types import MatchKind, TimeSpan


class Seen(HTMLParser):
    """Tags, attributes and text of a page; checks that tags close in order."""

    VOID = frozenset(("meta", "link", "img", "input", "br"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def count(self, **wanted: str) -> int:
        return sum(all(attrs.get(k) == v for k, v in wanted.items()) for _, attrs in self.tags)


def a_report(*found: tuple[FileRef, Outcome], **given_: object) -> Report:
    totals = Totals()
    for ref, outcome in found:
        totals.take(ref, outcome)
    parts = {
        "found": tuple(found),
        "totals": totals,
        "roots": ("uploads",),
        "bank": "reported.sdb",
        "min_score": 0.5,
        "made_at": 0.0,
    }
    return Report(**parts | given_)


def copies(count: int, **match: object) -> list[tuple[FileRef, Outcome]]:
    return [(a_ref(f"f{n}.jpg"), matched(a_match(**match))) for n in range(count)]


FAILED = Outcome(Verdict.FAILED, code="decode_timeout", message="took too long")
THUMBNAIL = Thumbnail("data:image/png;base64,AAAA", "data:image/png;base64,BBBB")


def test_the_policy_allows_this_style_and_script_and_nothing_else() -> None:
    text = page(a_report(*copies(1)), {0: THUMBNAIL})
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_is_asked_of_any_other_place() -> None:
    text = page(a_report(*copies(3), (a_ref("x"), FAILED)), {0: THUMBNAIL})
    for _, attrs in Seen(text).tags:
        for name in ("src", "href", "action", "poster", "srcset"):
            value = attrs.get(name)
            assert value is None or value.startswith(("#", "data:"))
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)
    assert "@import" not in text
    assert "url(" not in text


@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
def test_no_name_can_become_markup(name: str, entry: str) -> None:
    outcome = matched(a_match(entry, reason=name))
    seen = Seen(page(a_report((a_ref(name), outcome), (a_ref(name), FAILED)), {}))
    assert seen.count(**{"data-kind": "same"}) == 1
    assert [tag for tag, _ in seen.tags].count("script") == 2


def test_names_that_turn_the_text_around_are_shown_as_codes() -> None:
    text = page(a_report((a_ref("a\u202egpj.exe\x07\udcff"), FAILED)), {})
    assert "\u202e" not in text
    assert r"a\u202egpj.exe\x07\udcff" in text


def test_matches_stand_under_their_entry_and_the_largest_group_is_first() -> None:
    found = [*copies(2, entry="few"), *copies(3, entry="many")]
    report = a_report(*found)
    assert [(g.entry_id, len(g.copies)) for g in report.groups] == [("many", 3), ("few", 2)]
    text = page(report, {})
    assert text.index("many") < text.index("few")


def test_the_surest_copy_of_a_group_is_first() -> None:
    found = [(a_ref(f"{s}"), matched(a_match(score=s))) for s in (0.6, 0.9, 0.7)]
    (group,) = a_report(*found).groups
    assert [copy.match.score for copy in group.copies] == [0.9, 0.7, 0.6]


def test_hundreds_of_matches_are_all_on_the_page_but_folded() -> None:
    found = [(a_ref(f"{n}"), matched(a_match(f"case-{n % 40}"))) for n in range(600)]
    seen = Seen(page(a_report(*found), {}))
    assert sum("data-kind" in attrs for _, attrs in seen.tags) == 600
    groups = [attrs for _, attrs in seen.tags if attrs.get("class") == "panel flush group"]
    assert len(groups) == 40
    assert sum("open" in attrs for attrs in groups) == 12


def test_clear_pictures_stand_in_the_page_as_data_and_in_no_image() -> None:
    text = page(a_report(*copies(1)), {0: THUMBNAIL})
    images = [attrs["src"] for tag, attrs in Seen(text).tags if tag == "img"]
    assert images == [THUMBNAIL.blurred]
    assert f'"0": "{THUMBNAIL.clear}"' in text


def test_a_report_without_matches_says_so_and_has_no_tools() -> None:
    seen = Seen(page(a_report(), {}))
    assert "No match in 0 files" in seen.text
    assert seen.count(id="find") == 0


def test_failures_have_their_reason_and_what_to_do() -> None:
    seen = Seen(page(a_report((a_ref("slow.mp4"), FAILED)), {}))
    assert "took too long" in seen.text
    assert "decode_timeout" in seen.text
    assert "Scan it alone" in seen.text


def test_many_failures_are_folded() -> None:
    text = page(a_report(*[(a_ref(f"{n}"), FAILED) for n in range(60)]), {})
    assert "Show 10 more files" in text


def test_every_kind_is_explained() -> None:
    seen = Seen(page(a_report(*copies(1)), {}))
    assert all(name in seen.text for name in ("Identical", "Altered", "Part", "Same"))


def test_video_and_altered_evidence_is_drawn() -> None:
    found = (a_ref("v.mp4"), matched(rich_match(), content="video"))
    seen = Seen(page(a_report(found), {}))
    assert seen.count(**{"class": "cell"}) == 32  # sixteen on either side
    assert seen.count(**{"class": "matched-in"}) == 1
    assert "0:01 to 0:03 of 0:04 here is 1:01 to 1:03 of the reported one." in seen.text


def test_without_thumbnails_no_file_is_opened(tmp_path: Path) -> None:
    report = a_report(*copies(2), thumbnails=False)
    assert report.pictured == []
    write_report(tmp_path / "r.html", report)
    assert "<img" not in (tmp_path / "r.html").read_text()


def test_a_file_with_two_matches_has_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (a_ref("a"), matched(a_match("one"), a_match("two")))
    assert len(a_report(found).pictured) == 1
    monkeypatch.setattr(model, "MOST_PICTURES", 2)
    assert a_report(*copies(5)).pictures_wanted == 2


def test_thumbnails_are_blurred_in_their_pixels() -> None:
    files = [f for f in Folder(str(MEDIA)).files() if f.name.endswith(("bee.jpg", CLIP.name))]
    spans = {"bee.jpg": None, CLIP.name: TimeSpan(1, 2, 1, 2)}
    found = [(f, matched(a_match(time_span=spans[Path(f.name).name]))) for f in files] + copies(1)
    seen = []
    made = thumbnails(a_report(*found).pictured, on_picture=lambda: seen.append(1))
    assert len(seen) == 3
    assert set(made) == {0, 1}  # the third file does not exist
    for picture in made.values():
        blurred = base64.b64decode(picture.blurred.partition(",")[2])
        width, height = (int.from_bytes(blurred[at : at + 4]) for at in (16, 20))
        assert max(width, height) <= 24
        assert blurred[25] == 0  # grey
        assert len(picture.clear) > 8 * len(picture.blurred)


def test_the_report_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    write_report(tmp_path / "r.html", a_report())
    assert (tmp_path / "r.html").stat().st_mode & 0o077 == 0


def test_identical_files_need_no_measures() -> None:
    match = a_match(kind=MatchKind.IDENTICAL, points=0, distance=None)
    text = page(a_report((a_ref("a"), matched(match))), {})
    assert "<summary>Measures" not in text
