"""French: months are small, and none is cut to what could be another: 1 juin 2026, 1 juil. 2026."""

from __future__ import annotations

from functools import partial

from staydown_web.config.formats.written import written

__getattr__ = partial(written, {"M": "N"})
