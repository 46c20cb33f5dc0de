"""Times, kinds and changes in plain words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.banks.models import Entry

SOON = timedelta(hours=6)
KINDS = ("identical", "altered", "part", "same")
"""Most telling first; a task with several kinds is shown under the first."""


def _days(n: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


def _hours(n: int) -> str:
    return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}


def _minutes(n: int) -> str:
    return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}


def span_in_words(span: timedelta) -> str:
    """A length of time: two units at most, whole minutes at least one."""
    minutes = max(1, int(span.total_seconds() // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days and hours:
        return _("%(days)s and %(hours)s") % {"days": _days(days), "hours": _hours(hours)}
    if days:
        return _days(days)
    return _hours(hours) if hours else _minutes(minutes)


def time_left(due_at: datetime | None, now: datetime) -> str:
    """How long is left, such as "1 day and 7 hours left"."""
    if due_at is None:
        return _("No time limit")
    if due_at <= now:
        return _("%(time)s late") % {"time": span_in_words(now - due_at)}
    return _("%(span)s left") % {"span": span_in_words(due_at - now)}


def share_gone(start: datetime, due_at: datetime | None, now: datetime) -> int:
    """How much of the time is gone, 0..100."""
    if due_at is None:
        return 0
    whole = (due_at - start).total_seconds()
    if whole <= 0:
        return 100
    return round(100 * min(1.0, max(0.0, (now - start).total_seconds() / whole)))


def tone_of(due_at: datetime | None, now: datetime) -> str:
    """Amber while there is time, clay near the end."""
    if due_at is None:
        return ""
    return "heed" if due_at - now < SOON else "now"


def moment(at: datetime | None, now: datetime) -> str:
    """A date near today in words, such as "tomorrow, 00:20"."""
    if at is None:
        return ""
    clock = f"{at:%H:%M}"
    days = (at.date() - now.date()).days
    if days == 0:
        return _("today, %(clock)s") % {"clock": clock}
    if days == 1:
        return _("tomorrow, %(clock)s") % {"clock": clock}
    if days == -1:
        return _("yesterday, %(clock)s") % {"clock": clock}
    if 1 < days < 7:
        return f"{formats.date_format(at, 'D')}, {clock}"
    return f"{formats.date_format(at, 'j M Y')}, {clock}"


def main_kind(kinds: set[str]) -> str:
    """The kind under which something is shown; empty where nothing matched."""
    return next((kind for kind in KINDS if kind in kinds), "")


def why_here(kind: str, *, is_video: bool, is_link: bool = True) -> str:
    """One line for the queue.

    Args:
        kind: the most telling kind of match; empty where nothing matched.
        is_video: whether it is a video.
        is_link: where nothing matched: an address may show it.
    """
    reported = _("A reported video") if is_video else _("A reported picture")
    words = {
        "identical": _("The same file"),
        "same": _("Same video") if is_video else _("Same picture"),
        "part": _("Part of a reported video") if is_video else _("Part of a reported picture"),
        "altered": _("Altered copy"),
    }
    return words.get(kind, _("A reported link") if is_link else reported)


def kind_words(kind: str) -> tuple[str, str]:
    """Name of a kind, and what it means."""
    words = {
        "identical": (_("Identical"), _("The same bytes")),
        "same": (_("Same"), _("The same picture or video, saved, resized or framed anew")),
        "part": (_("Part"), _("A part of it, or it inside something larger")),
        "altered": (_("Altered"), _("Same scene, one region replaced")),
    }
    return words.get(kind, (kind, ""))


def change_in_words(evidence: dict[str, Any]) -> str:
    """What was done to the reported one, as far as the geometry tells."""
    parts: list[str] = []
    transform = evidence.get("transform") or {}
    if transform.get("mirrored"):
        parts.append(_("mirrored"))
    turn = round(float(transform.get("rotation_deg") or 0))
    if abs(turn) >= 2:
        parts.append(_("turned by %(n)d degrees") % {"n": turn})
    scale = float(transform.get("scale") or 1)
    if scale <= 0.97:
        parts.append(_("%(n)d %% smaller inside its frame") % {"n": round(100 * (1 - scale))})
    elif scale >= 1.03:
        parts.append(_("%(n)d %% larger inside its frame") % {"n": round(100 * (scale - 1))})
    seen = _area(evidence.get("entry_box"))
    if seen is not None and seen < 0.97:
        parts.append(_("cropped to %(n)d %% of it") % {"n": round(100 * seen)})
    if any(evidence.get("altered_cells") or ()):
        parts.append(_("one region replaced"))
    if not parts:
        return _("None that the geometry shows; it may have been saved again")
    words = ", ".join(parts)
    return words[0].upper() + words[1:]


def covered_share(evidence: dict[str, Any]) -> int | None:
    """How much of the copy the reported one covers, in percent; None where unknown."""
    area = _area(evidence.get("query_box"))
    return None if area is None else round(100 * area)


def when_in_video(evidence: dict[str, Any]) -> str:
    """The stretch of a video that matched; empty for photos."""
    span = evidence.get("time_span")
    if not span:
        return ""
    start, end = float(span["query_start_s"]), float(span["query_end_s"])
    return _("From %(start)s to %(end)s of this video") % {
        "start": _clock(start),
        "end": _clock(end),
    }


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _area(box: Any) -> float | None:
    if not box:
        return None
    left, top, right, bottom = (min(1.0, max(0.0, float(side))) for side in box)
    return max(0.0, right - left) * max(0.0, bottom - top)


def reach_in_words(entry: Entry) -> str:
    """Why an entry stops the same file alone; empty where it finds copies as well. ADR-0026."""
    if not entry.is_exact_only:
        return ""
    if not entry.collisions:
        return _("It is too plain to tell copies by, so it stops the very same file alone.")
    return ngettext(
        "It is like %(n)s common picture, such as a form, a pattern or a page of text. "
        "So that nothing harmless is stopped, it stops the very same file alone.",
        "It is like %(n)s common pictures, such as forms, patterns or pages of text. "
        "So that nothing harmless is stopped, it stops the very same file alone.",
        entry.collisions,
    ) % {"n": entry.collisions}
