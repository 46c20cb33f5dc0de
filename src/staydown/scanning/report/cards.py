"""One match as a card, and all matches of an entry as a group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from staydown.nouns import many
from staydown.scanning.report.drawing import (
    altered_count,
    on_the_entry,
    on_the_file,
    shape,
    time_line,
)
from staydown.scanning.report.model import Copy, Group
from staydown.scanning.report.pictures import Thumbnail
from staydown.scanning.report.words import (
    KIND_NAMES,
    KIND_TONES,
    changes,
    coverage,
    esc,
    sentence,
)
from staydown.types import MatchKind

OPEN_GROUPS = 12
FIRST_COPIES = 8
FRAME_WIDTH, FRAME_HEIGHT = 216, 240
"""Most that a picture takes on the page, in CSS pixels."""


def icon(name: str) -> str:
    """An icon of the page's sprite; always beside a word."""
    return f'<svg class="icon" aria-hidden="true"><use href="#{name}"/></svg>'


def chip(kind: MatchKind, count: int | None = None) -> str:
    """A kind as a chip, with a number where there are several."""
    tone, sign = KIND_TONES[kind]
    number = "" if count is None else f' <span class="num">{count}</span>'
    return f'<span class="chip {tone}">{icon(sign)}{KIND_NAMES[kind]}{number}</span>'


def group_html(group: Group, pictures: Mapping[int, Thumbnail], *, number: int) -> str:
    """An entry with its copies. The first groups are open, long ones show their first copies."""
    counts = Counter(copy.match.kind for copy in group.copies)
    chips = "".join(chip(kind, counts[kind]) for kind in KIND_NAMES if counts[kind])
    cards = [card_html(copy, pictures.get(copy.number)) for copy in group.copies]
    more = ""
    if len(cards) > FIRST_COPIES:
        rest = cards[FIRST_COPIES:]
        more = (
            f'<details class="more"><summary>Show {many(len(rest), "more file")}</summary>'
            f'<ul class="copies">{"".join(rest)}</ul></details>'
        )
    opened = " open" if number < OPEN_GROUPS else ""
    return (
        f'<details class="panel flush group"{opened}><summary class="panel-head">'
        f'<span class="entry"><span class="eyebrow">Reported</span> '
        f"<bdi>{esc(group.entry_id)}</bdi></span>"
        f'<span class="row chips">{chips}<span class="small soft num">'
        f"{many(len(cards), 'file')}</span></span></summary>"
        f'<ul class="copies">{"".join(cards[:FIRST_COPIES])}</ul>{more}</details>'
    )


def card_html(copy: Copy, thumbnail: Thumbnail | None) -> str:
    """One file: the facts first, the picture covered."""
    match, outcome = copy.match, copy.outcome
    find = esc(f"{copy.ref.name} {match.entry_id}".lower())
    video = "video" if outcome.content == "video" else "picture"
    span = match.evidence.time_span
    line = time_line(span, outcome.duration_s) if span else ""
    return (
        f'<li class="copy" data-kind="{match.kind}" data-find="{find}">'
        f"{_frame(copy, thumbnail)}"
        '<div class="stack tight">'
        f'<p class="row between top"><span class="name"><bdi>{esc(copy.ref.name)}</bdi></span>'
        '<button type="button" class="btn plain copy-name" hidden>Copy the name</button></p>'
        f'<p class="row">{chip(match.kind)}<span class="score"><span class="soft">Score</span> '
        f'<strong class="num">{match.score:.2f}</strong></span>'
        f'<span class="soft small">{video}</span></p>'
        f"<p>{esc(sentence(match, content=outcome.content))}</p>{line}{_measures(copy)}</div></li>"
    )


def _frame(copy: Copy, thumbnail: Thumbnail | None) -> str:
    outcome = copy.outcome
    w, h = shape(outcome.width, outcome.height)
    part = min(1.0, FRAME_WIDTH / w, FRAME_HEIGHT / h)
    over = on_the_file(copy.match.evidence, outcome.width, outcome.height)
    kind = "video" if outcome.content == "video" else "picture"
    if thumbnail is None:
        veil, button = "", ""
    else:
        veil = f'<img class="veil-picture" src="{thumbnail.blurred}" alt="">'
        button = (
            f'<button type="button" class="btn small show" data-picture="{copy.number}" '
            f'aria-pressed="false" hidden>{icon("i-cover")}<span>Show this {kind}</span></button>'
        )
    label = f"Drawing of the matched region on a blurred copy of the {kind}"
    return (
        f'<div class="look"><div class="frame" role="img" aria-label="{label}.">'
        f'<svg class="size" viewBox="0 0 {w:.0f} {h:.0f}" width="{w * part:.0f}" '
        f'height="{h * part:.0f}" aria-hidden="true"></svg>{veil}{over}'
        f"</div>{button}</div>"
    )


def _measures(copy: Copy) -> str:
    """The numbers behind the sentence, and the reported picture's side, folded away."""
    e, outcome = copy.match.evidence, copy.outcome
    rows = [("Change", changes(e)), ("Covers", coverage(e))]
    if e.altered_cells:
        rows.append(("Differs", f"{many(altered_count(e), 'cell')} of 256"))
    if e.points:
        rows.append(("Points", f"{many(e.points, 'point')} agree"))
    if e.distance is not None:
        rows.append(("Whole picture", f"{e.distance} of 256 bits differ"))
    if copy.match.kind is not MatchKind.IDENTICAL:
        rows.append(("Basis", e.reason))
    facts = "".join(f"<dt>{name}</dt><dd>{esc(text)}</dd>" for name, text in rows if text)
    if not facts:
        return ""
    drawing = ""
    if e.transform or e.entry_box or e.altered_cells:
        drawing = (
            '<div class="entry-side"><p class="small soft">On the reported one</p>'
            f"{on_the_entry(e, outcome.width, outcome.height)}</div>"
        )
    return (
        '<details class="measures"><summary>Measures</summary>'
        f'<div class="row top"><dl class="facts">{facts}</dl>{drawing}</div></details>'
    )
