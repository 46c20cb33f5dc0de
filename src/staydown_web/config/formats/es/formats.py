"""Spanish: months are small: 1 dic 2026, 1 de diciembre de 2026."""

from __future__ import annotations

from functools import partial

from staydown_web.config.formats.written import written

_OF = r" \d\e "

__getattr__ = partial(
    written,
    {"D j ": "D, j ", "l j ": "l, j ", "M": "b", "j F": f"j{_OF}F", "F Y": f"F{_OF}Y"},
)
