"""Chips on a phone: in every language they stay within their card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import gettext, override

import staydown_web
from staydown_web.cases.models import Case, Item
from web.portal.test_pages_browser import window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(staydown_web.__file__).parent
IN_A_TEMPLATE = re.compile(r'class="chip[^"]*"[^>]*>(?:<svg.*?</svg>)?\{% translate "([^"]+)" %\}')
IN_THE_CODE = re.compile(r'Chip\(\s*"\w+",\s*_\("([^"]+)"\)|\(_\("([^"]+)"\), "(?:done|now|wait)"')
CARDS = """words => {
  const panel = inside => { const one = document.createElement('div');
    one.className = 'panel clock'; one.append(...inside); return one; };
  const chip = text => { const one = document.createElement('span');
    one.className = 'chip heed'; const icon = document.createElementNS(
      'http://www.w3.org/2000/svg', 'svg'); icon.classList.add('icon');
    one.append(icon, text); return one; };
  const main = document.querySelector('main'), wrong = [];
  for (const text of words) {
    const row = document.createElement('div'); row.className = 'row between';
    const title = document.createElement('h3'); title.textContent = 'Forum Example';
    row.append(title, chip(text));
    const bar = document.createElement('progress'), bare = chip(text);
    const card = panel([row, bar, bare]);
    main.replaceChildren(card);
    const edge = card.getBoundingClientRect().right;
    for (const part of [row.lastChild, bar, bare])
      if (part.getBoundingClientRect().right > edge - 8) wrong.push(`${part.tagName} ${text}`);
  }
  return wrong;
}"""


def chip_words() -> set[str]:
    """What stands on chips anywhere, in English: of templates, of code, and names of states."""
    found = {str(label) for label in (*Item.State.labels, *Case.State.labels)}
    for path in ROOT.rglob("*.html"):
        found |= set(IN_A_TEMPLATE.findall(path.read_text("utf-8")))
    for path in ROOT.rglob("selectors/**/*.py"):
        found |= {a or b for a, b in IN_THE_CODE.findall(path.read_text("utf-8"))}
    return found | {"It could not be looked at"}


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_on_a_phone_every_chip_stays_within_its_card(window: Any, language: str) -> None:
    with override(language):
        words = sorted({gettext(one) for one in chip_words()})
    assert len(words) > 40
    page = window(width=360, height=740).go("/your-data/")

    assert page.evaluate(CARDS, words) == []
