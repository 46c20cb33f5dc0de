"""A clock time on a page says that it is UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[2] / "src" / "staydown_web"
TEMPLATES = sorted(p for p in SERVICE.rglob("templates/**/*") if p.suffix in {".html", ".txt"})
CLOCK = re.compile(
    r"""\|(?:date:["'](?:(?!\w+_FORMAT)[^"']*[gGhHPfiT]|(?:SHORT_)?DATETIME_FORMAT)|time\b)"""
)
"""A filter whose words hold hours or minutes."""
IN_WORDS = re.compile(
    r"\{%\s*blocktranslate\b((?:[^%]|%(?!\}))*)%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL
)
SHOWN = re.compile(r"\{\{[^{}]*\}\}")
CELL = re.compile(r"""<t[dh]\b(?:\s[\w-]+="(?:[^"{]|\{(?!%)|\{%.*?%\})*")*>""", re.DOTALL)
LINE_OF_WORDS = re.compile(r"\{\{ (?:[\w.]+\.)?(?:row\.due|line\.since) \}\}")
"""What `review.selectors.words.moment` made: a day in words and a clock time."""


def named_by_cell(template: str, at: int) -> bool:
    """Whether the cell of a table that holds this place says UTC in its label."""
    cells = list(CELL.finditer(template, 0, at))
    if not cells or "</t" in template[cells[-1].end() : at]:
        return False
    label = re.search(r'\bdata-label="([^"]*)"', cells[-1][0])
    return label is not None and "(UTC)" in label[1]


def times_without_zone(template: str) -> Iterator[str]:
    """The clock times that a template shows without saying in which zone."""
    for words in IN_WORDS.finditer(template):
        if CLOCK.search(words[1]):
            forms = re.split(r"\{%\s*plural\s*%\}", words[2])
            yield from (" ".join(form.split()) for form in forms if "UTC" not in form)
    for shown in SHOWN.finditer(template):
        if not (CLOCK.search(shown[0]) or LINE_OF_WORDS.fullmatch(shown[0])):
            continue
        says = template[shown.end() :].startswith(" UTC")
        if not says and not named_by_cell(template, shown.start()):
            yield shown[0]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(SERVICE)))
def test_a_clock_time_says_its_zone(path: Path) -> None:
    assert list(times_without_zone(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ('<p>{{ at|date:"j M, H:i" }}</p>', 1),
        ('<p>{{ at|date:"j M, H:i" }} UTC</p>', 0),
        ("<p>{{ at|time }}</p>", 1),
        ('<p>{{ at|date:"DATETIME_FORMAT" }}</p>', 1),
        ('<p>{{ at|date:"DATE_FORMAT" }} <time datetime="{{ at|date:\'c\' }}"></time></p>', 0),
        ('<p>{{ at|date:"j M Y" }}</p>', 0),
        ("<p>{{ row.due }}</p>", 1),
        ('<td data-label="{% translate \'When (UTC)\' %}"><b>{{ at|date:"H:i" }}</b></td>', 0),
        ('<td data-label="{% translate \'When\' %}">{{ at|date:"H:i" }}</td>', 1),
        ('<td data-label="{% translate \'When (UTC)\' %}"></td><p>{{ at|date:"H:i" }}</p>', 1),
        ('{% blocktranslate with a=at|date:"H:i" %}At {{ a }}{% endblocktranslate %}', 1),
        ('{% blocktranslate with a=at|date:"H:i" %}At {{ a }} UTC{% endblocktranslate %}', 0),
        (
            '{% blocktranslate count n=n with a=at|date:"H" %}A{% plural %}{% endblocktranslate %}',
            2,
        ),
    ],
)
def test_times_without_zone_are_found(template: str, found: int) -> None:
    assert len(list(times_without_zone(template))) == found
