"""The words of the report: kinds, changes, remedies. Plain sentences, no blame, no alarm."""

from __future__ import annotations

import html
import time
from types import MappingProxyType

from staydown.types import Evidence, Match, MatchKind

KIND_NAMES = MappingProxyType(
    {
        MatchKind.IDENTICAL: "Identical",
        MatchKind.ALTERED: "Altered",
        MatchKind.PART: "Part",
        MatchKind.SAME: "Same",
    }
)
"""Names of the kinds, in the order in which the report lists them."""

KIND_MEANINGS = MappingProxyType(
    {
        MatchKind.IDENTICAL: "The same file, byte for byte.",
        MatchKind.ALTERED: "The same scene, but a region shows something else. A person should "
        "always look: a reported original and its fake both end up here.",
        MatchKind.PART: "A part of the reported one, or the reported one inside something larger: "
        "a crop, a clip, a collage, a screenshot.",
        MatchKind.SAME: "The same picture or video, saved again, resized, filtered, mirrored, "
        "framed or written on.",
    }
)

KIND_TONES = MappingProxyType(
    {
        MatchKind.IDENTICAL: ("heed", "i-check"),
        MatchKind.ALTERED: ("now", "i-look"),
        MatchKind.PART: ("wait", "i-part"),
        MatchKind.SAME: ("done", "i-same"),
    }
)
"""Tone and icon of each kind's chip."""

REMEDIES = MappingProxyType(
    {
        "decode_failed": "The file is damaged. Try to open it; if it opens, save it again.",
        "format_unsupported": "It is empty, not what its name says, or of a kind that is not read "
        "here. If it opens, convert it to JPEG, PNG or MP4 and scan that; otherwise copy it anew, "
        "or remove it.",
        "no_picture": "It holds sound only, or a video without frames. Nothing to do.",
        "decode_timeout": "It took too long. Scan it alone when the machine is quiet; look at it "
        "by hand if that fails too.",
        "decode_crashed": "It broke the program that opens it, which was held apart and stopped. "
        "Do not open it elsewhere; report it as SECURITY.md says.",
        "content_too_large": "It is over the size that is safe to open. Look at it by hand, or "
        "save a smaller copy and scan that.",
        "source_unreadable": "It could not be read. Check the permissions, and where a link leads, "
        "and scan again.",
        "worker_lost": "The workers that had it were lost. Scan again; if it is this file each "
        "time, scan it alone with `--engine local`.",
        "fingerprint_invalid": "Scan it again; if it fails again, please report it.",
        "config_error": "Run `staydown doctor`, mend what it names, and scan again.",
    }
)
"""What to do about a file that could not be checked, by error code."""

_SAME_SIZE = 0.1
_TURNED_DEG = 1.0
_WHOLE = 0.97
_WHOLE_MOVING = 0.85
"""The frames of two videos that are compared are not of the very same moment, so things moved."""


def remedy(code: str) -> str:
    """What to do about a file that ended in this error."""
    return REMEDIES.get(code, "Scan it again; if it fails again, please report it.")


def esc(text: str) -> str:
    """Text from outside, safe in HTML: markup, control and direction characters made harmless."""
    plain = "".join(c if c.isprintable() else _visible(c) for c in text)
    return html.escape(plain)


def _visible(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def share(box: tuple[float, float, float, float] | None) -> float:
    """How much of a picture a box covers, 0..1."""
    if box is None:
        return 1.0
    left, top, right, bottom = (min(max(value, 0.0), 1.0) for value in box)
    return max(right - left, 0.0) * max(bottom - top, 0.0)


def percent(value: float) -> str:
    """A share of 0..1 as "68%"."""
    return f"{round(100 * value)}%"


def changes(evidence: Evidence, *, size: bool = True) -> str:
    """What was done to the picture, as far as geometry tells: "mirrored, turned 4° clockwise".

    Args:
        evidence: of the match.
        size: whether to tell a change of size too.
    """
    turn = evidence.transform
    if turn is None:
        return ""
    found = []
    if turn.mirrored:
        found.append("mirrored")
    if abs(turn.rotation_deg) >= _TURNED_DEG:
        side = "clockwise" if turn.rotation_deg > 0 else "anticlockwise"
        found.append(f"turned {abs(turn.rotation_deg):.0f}° {side}")
    if size and turn.scale > 0 and abs(turn.scale - 1) > _SAME_SIZE:
        than = "larger" if turn.scale > 1 else "smaller"
        found.append(f"{than} in the frame ({percent(turn.scale)})")
    return ", ".join(found)


def sentence(match: Match, *, content: str) -> str:
    """What the file is, for a person: "The same picture, mirrored"."""
    e = match.evidence
    thing = "video" if content == "video" else "picture"
    of_entry, of_file = share(e.entry_box), share(e.query_box)
    match match.kind:
        case MatchKind.IDENTICAL:
            return e.reason
        case MatchKind.ALTERED:
            cells = sum(row.bit_count() for row in e.altered_cells or ())
            said = f"The same scene, but something else in {percent(cells / 256)} of it"
        case MatchKind.PART if e.time_span is not None:
            said = f"Part of the reported {thing}"
        case MatchKind.PART if of_entry < _WHOLE:
            said = f"{percent(of_entry)} of the reported {thing}"
        case MatchKind.PART:
            said = f"The reported {thing}, inside something larger"
        case MatchKind.SAME:
            said = f"The same {thing}"
    fills = of_file >= (_WHOLE if e.time_span is None else _WHOLE_MOVING)
    parts = [said, changes(e, size=False)]
    if not fills:
        parts.append(f"it fills {percent(of_file)} of this file")
    return ", ".join(part for part in parts if part) + "."


def coverage(evidence: Evidence) -> str:
    """How much of each side is the other: "All of the file shows 38% of the reported one"."""
    if evidence.query_box is None and evidence.entry_box is None:
        return ""
    return (
        f"{_portion(share(evidence.query_box))} of this file shows "
        f"{_portion(share(evidence.entry_box)).lower()} of the reported one"
    )


def _portion(value: float) -> str:
    return "All" if value >= _WHOLE else percent(value)


def moment(seconds: float) -> str:
    """A place in a video, as "1:05" or "0:03.5"."""
    minutes, rest = divmod(round(seconds, 1), 60)
    text = f"{rest:04.1f}".removesuffix(".0")
    return f"{int(minutes)}:{text:0>2}"


def date(made_at: float) -> str:
    """A moment as "23 November 2026, 18:05", in local time."""
    now = time.localtime(made_at)
    return f"{now.tm_mday} {time.strftime('%B %Y, %H:%M', now)}"
