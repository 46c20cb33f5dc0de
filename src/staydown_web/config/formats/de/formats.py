"""German: a day is an ordinal, and a month cut short ends in a dot: 1. Dez. 2026."""

from __future__ import annotations

from functools import partial

from staydown_web.config.formats.written import written

__getattr__ = partial(written, {"D j ": "D, j ", "l j ": "l, j ", "j ": "j. ", "M": "N"})
