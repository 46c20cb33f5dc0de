"""The page: head, figures, matches, failures, how to read it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from importlib import resources

from staydown.nouns import many
from staydown.scanning.report.cards import chip, group_html
from staydown.scanning.report.model import MOST_PICTURES, Report
from staydown.scanning.report.pictures import Thumbnail
from staydown.scanning.report.words import (
    KIND_MEANINGS,
    KIND_NAMES,
    date,
    esc,
    remedy,
)
from staydown.scanning.totals import duration_text
from staydown.types import MatchKind

_FIRST_FAILURES = 50


def page(report: Report, pictures: Mapping[int, Thumbnail]) -> str:
    """The whole report as one HTML page that asks nothing of any other file or host."""
    style, script = _part("report.css"), _part("report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    clear = json.dumps({number: made.clear for number, made in pictures.items()})
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f'<title>Scan report</title>\n<link rel="icon" href="data:,">\n<style>{style}</style>\n'
        '</head>\n<body class="work">\n'
        f"{_part('sprite.svg')}{_bar(report)}"
        f'<main class="page" id="main" tabindex="-1"><div class="stack wide">{_head(report)}'
        f"{_figures(report)}{_matches(report, pictures)}{_failures(report)}{_reading(report)}"
        f"</div></main>{_foot(report)}"
        f'<script type="application/json" id="pictures">{clear}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _part(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8").strip()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _bar(report: Report) -> str:
    links = [("#matches", "Matches")]
    if report.failures:
        links.append(("#failures", "Not checked"))
    links.append(("#reading", "How to read this"))
    nav = "".join(f'<a href="{to}">{name}</a>' for to, name in links)
    return (
        '<a class="skip" href="#main">Skip to content</a><header class="bar"><div class="bar-in">'
        '<span class="mark"><svg viewBox="0 0 24 24" aria-hidden="true">'
        '<path fill="currentColor" d="M2 8.5h20v3H2z"/>'
        '<path fill="currentColor" opacity=".45" d="M6 14h12v7H6z"/></svg>Staydown</span>'
        f'<nav class="nav" aria-label="Sections">{nav}</nav></div></header>'
    )


def _head(report: Report) -> str:
    totals = report.totals
    entries = len(report.groups)
    where = ", ".join(f"<bdi>{esc(root)}</bdi>" for root in report.roots)
    title = (
        f"{totals.matched:,} of {many(totals.checked, 'file')} match"
        if totals.matched
        else f"No match in {many(totals.checked, 'file')}"
    )
    lead = (
        f"They are copies of {many(entries, 'reported item')}. A match says that a file is a copy, "
        "and nothing more. A person decides what happens to it."
        if totals.matched
        else "Nothing here is a copy of a reported item that this bank knows."
        if totals.checked and not totals.failed
        else "Nothing that was checked is a copy of a reported item that this bank knows."
        if totals.checked
        else "Nothing was checked, so nothing is known of what lies here."
    )
    return (
        f'<div class="stack"><p class="eyebrow">{where} against <bdi>{esc(report.bank)}</bdi> · '
        f'{date(report.made_at)}</p><h1>{title}</h1><p class="lead text">{lead}</p></div>'
    )


def _figures(report: Report) -> str:
    totals = report.totals
    rate = totals.checked - totals.known
    speed = f"in {duration_text(totals.seconds)}"
    if totals.known:
        speed += f". {many(totals.known, 'result')} taken over from an earlier run"
    elif rate and totals.seconds > 0:
        speed += f", {rate / totals.seconds:.0f} a second"
    checked = f"{many(totals.photos, 'picture')}, {many(totals.videos, 'video')}, {speed}"
    best = " ".join(chip(kind, n) for kind in KIND_NAMES if (n := totals.kinds[str(kind)]))
    failed = "Each with its reason below" if totals.failed else "All that was looked at was read"
    if totals.passed_over:
        others = many(totals.passed_over, "other file")
        failed += f". {others}: no picture or video by content or name"
    rows = (
        ("Checked", f"{totals.checked:,}", checked),
        ("Matching", f"{totals.matched:,}", best or "At the score chosen for this scan"),
        ("Could not be checked", f"{totals.failed:,}", failed),
    )
    panels = "".join(
        f'<div class="panel"><dt class="soft">{name}</dt><dd><span class="figure-big">{figure}'
        f'</span><span class="small soft row">{text}</span></dd></div>'
        for name, figure, text in rows
    )
    return f'<dl class="thirds">{panels}</dl>'


def _matches(report: Report, pictures: Mapping[int, Thumbnail]) -> str:
    groups = report.groups
    if not groups:
        return ""
    body = "".join(group_html(g, pictures, number=n) for n, g in enumerate(groups))
    kinds = Counter(copy.match.kind for group in groups for copy in group.copies)
    return (
        '<section class="stack" aria-labelledby="matches"><h2 id="matches">Matches by reported '
        f"item</h2>{_tools(kinds)}{_pictures_note(report)}"
        f'<div class="stack groups">{body}</div>'
        '<p class="empty" id="none" hidden>Nothing fits. Choose another kind, or clear the text.'
        "</p></section>"
    )


def _tools(kinds: Counter[MatchKind]) -> str:
    total = sum(kinds.values())
    every = '<button type="button" class="btn small" data-only="" aria-pressed="true">All '
    buttons = [f'{every}<span class="num">{total:,}</span></button>']
    buttons += [
        f'<button type="button" class="btn small" data-only="{kind}" aria-pressed="false">'
        f'{KIND_NAMES[kind]} <span class="num">{kinds[kind]:,}</span></button>'
        for kind in KIND_NAMES
        if kinds[kind]
    ]
    return (
        '<div class="row between tools no-print" hidden><div class="row" role="group" '
        f'aria-label="Show only one kind">{"".join(buttons)}</div>'
        '<div class="row"><label class="hidden" for="find">Find a file or a reported item</label>'
        '<input id="find" type="text" placeholder="Find a file or a reported item" '
        'autocomplete="off" spellcheck="false"><span class="small soft" id="shown" role="status">'
        "</span></div></div>"
    )


def _pictures_note(report: Report) -> str:
    if not report.thumbnails:
        return '<p class="small soft">Made without thumbnails; the drawings show where.</p>'
    text = (
        "Pictures are covered by a blur. One click shows one picture, small; a second click or "
        "<kbd>Esc</kbd> covers it again. Decide from the facts where you can."
    )
    if report.totals.matched > MOST_PICTURES:
        text += (
            f" The first {MOST_PICTURES} files have a picture; the others have the drawing only."
        )
    return (
        f'<p class="small soft no-print">{text} <span id="opened" role="status">'
        f"</span></p>{_legend()}"
    )


def _legend() -> str:
    return (
        '<div class="legend"><span><svg viewBox="0 0 24 16" aria-hidden="true"><rect x="1.5" '
        'y="1.5" width="21" height="13" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-dasharray="5 3"/></svg>The reported picture lies here</span><span>'
        '<svg viewBox="0 0 24 16" aria-hidden="true"><rect x="1" y="1" width="22" height="14" '
        'fill="#f4c45a" fill-opacity=".6" stroke="currentColor"/></svg>Differs from the reported '
        "one</span></div>"
    )


def _failures(report: Report) -> str:
    if not report.failures:
        return ""
    rows = [
        f'<tr><th scope="row"><bdi>{esc(ref.name)}</bdi></th>'
        f'<td data-label="What">{esc(outcome.message)} <code>{esc(outcome.code)}</code></td>'
        f'<td data-label="To do">{esc(remedy(outcome.code))}</td></tr>'
        for ref, outcome in report.failures
    ]
    head = (
        '<thead><tr><th scope="col">File</th><th scope="col">What happened</th>'
        '<th scope="col">What to do</th></tr></thead>'
    )
    caption = '<caption class="hidden">Files that could not be checked</caption>'

    def table(part: list[str]) -> str:
        return (
            f'<div class="panel flush"><table class="folds">{caption}{head}'
            f"<tbody>{''.join(part)}</tbody></table></div>"
        )

    rest = rows[_FIRST_FAILURES:]
    more = (
        f"<details><summary>Show {many(len(rest), 'more file')}</summary>{table(rest)}</details>"
        if rest
        else ""
    )
    return (
        '<section class="stack" aria-labelledby="failures"><h2 id="failures">Could not be checked'
        '</h2><p class="soft text">Nothing is known of these files. They may be copies or not.</p>'
        f"{table(rows[:_FIRST_FAILURES])}{more}</section>"
    )


def _reading(report: Report) -> str:
    kinds = "".join(f"<dt>{chip(kind)}</dt><dd>{KIND_MEANINGS[kind]}</dd>" for kind in KIND_NAMES)
    return (
        '<section class="stack" aria-labelledby="reading"><h2 id="reading">How to read this</h2>'
        f'<div class="cols half"><div class="panel stack"><h3>Kinds</h3><dl class="facts kinds">'
        f"{kinds}</dl></div>"
        '<div class="panel stack"><h3>Score</h3><p>0 to 1: how sure it is that the file is a copy. '
        f"This report lists matches from <strong>{report.min_score:.2f}</strong>. The page "
        "docs/matching.md says how rare a chance match is at each score.</p><h3>Drawing</h3>"
        "<p>The dashed line is where the reported picture lies in the file. Marked cells show "
        "something else there. Under “Measures” is the same from the other side: the shaded part "
        "of the reported picture is in the file. Both come from numbers; no reported picture is "
        "stored anywhere.</p><h3>What this cannot say</h3><p>Whether a picture is intimate, who is "
        "in it, or who put it there. And a file without a match may still be a copy: strong crops, "
        "strong blur and re-drawn pictures can escape.</p></div></div></section>"
    )


def _foot(report: Report) -> str:
    return (
        '<footer class="foot"><div class="foot-in"><span>Made by Staydown on '
        f"{date(report.made_at)}. This file holds file names"
        f"{' and small pictures' if report.thumbnails else ''}: keep it where only reviewers can "
        f"open it.</span></div></footer>"
    )
