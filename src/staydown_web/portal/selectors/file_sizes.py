"""Sizes of files in words, written as the scripts of the pages write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_NO_BREAK = "\N{NO-BREAK SPACE}"


def size_in_words(size_bytes: int) -> str:
    """A size in steps of 1000, such as "640 kB" or "3.2 MB", in the language of the page.

    The same as ``Wording.size`` in ``js/src/fingerprint/texts.js``, so that a file has one size
    before it is sent and after.
    """
    if size_bytes < 1000:
        return ngettext("%(n)d byte", "%(n)d bytes", size_bytes) % {"n": size_bytes}
    steps = [(10**9, _("GB")), (10**6, _("MB")), (10**3, _("kB"))]
    factor, unit = next(step for step in steps if size_bytes >= step[0])
    value = Decimal(size_bytes) / factor
    places = Decimal("0.1") if factor >= 10**6 and value < 10 else Decimal(1)
    rounded = value.quantize(places, ROUND_HALF_UP)
    if rounded == rounded.to_integral_value():
        rounded = rounded.to_integral_value()
    return f"{number_format(rounded, use_l10n=True)}{_NO_BREAK}{unit}"
