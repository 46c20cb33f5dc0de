"""The transparency report: a page and two files, open to everybody."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.reports.selectors import charts
from staydown_web.reports.selectors import transparency as report
from staydown_web.reports.selectors.provider_rows import provider_rows
from staydown_web.reports.services.counting import FORMAT
from staydown_web.reports.services.hiding import LEAST, LEAST_DIVIDED

_COLUMNS = ("from", "to", "table", "name", "number", "is_hidden")


@login_not_required
@require_safe
def transparency(request: HttpRequest) -> HttpResponse:
    """How requests were answered: one read, no script."""
    site = request.GET.get("site", "")
    found = report.report_of(site=site, starts_on=request.GET.get("from", ""))
    shown: dict[str, Any] = {
        "report": found,
        "platform": found.pages.platform,
        "site": site,
        "area": "report",
    }
    if found.chosen is not None:
        shown |= _numbers(found)
    return render(request, "reports/transparency.html", shown)


@login_not_required
@require_safe
def transparency_file(request: HttpRequest, kind: str) -> HttpResponse:
    """All published periods as ``json`` or ``csv``."""
    found = report.report_of(site=request.GET.get("site", ""))
    if kind == "json":
        return _named(JsonResponse(_as_json(found)), kind)
    if kind != "csv":
        raise RecordNotFoundError("there are two files: numbers.csv and numbers.json")
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for row in report.flat_rows(found.periods):
        rows.writerow([*row, int(row[-1] is None)])
    return _named(HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8"), kind)


def _numbers(found: report.Report) -> dict[str, Any]:
    assert found.chosen is not None  # noqa: S101 - the caller looked
    numbers = found.chosen.numbers
    pairs, bands = charts.request_pairs(found.periods), charts.time_bands(numbers)
    times = numbers["time_to_act"]
    return {
        "period": report.period_name(found.chosen),
        "made_at": found.chosen.made_at,
        "periods": [(one.starts_on.isoformat(), report.period_name(one)) for one in found.periods],
        "chosen_from": found.chosen.starts_on.isoformat(),
        "requests": numbers["requests"]["complete"],
        "stopped": numbers["stopped"],
        "pairs": pairs,
        "pair_words": charts.pair_words(pairs),
        "bands": bands,
        "bands_height": 38 * len(bands) + 6,
        "band_words": charts.band_words(bands) if bands else "",
        "median": report.duration_words(times["median_s"]),
        "p90": report.duration_words(times["p90_s"]),
        "longest": report.duration_words(times["longest_s"]),
        "deadline": numbers["deadline"],
        "laws": report.law_rows(numbers),
        "providers": provider_rows(numbers),
        "decisions": report.decision_rows(numbers),
        "complaints": report.complaint_rows(numbers),
        "bases": report.basis_rows(numbers),
        "misuse": report.misuse_rows(numbers),
        "median_to_answer": report.median_to_answer(numbers),
        "automation": report.table_rows(numbers["decisions"]["automation"], report.AUTOMATION),
        "ways": report.table_rows(numbers["requests"]["way"], report.WAYS),
        "filed_by": report.table_rows(numbers["requests"]["filed_by"], report.FILED_BY),
    }


def _as_json(found: report.Report) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "platform": found.pages.platform.name,
        "hidden": f"null: a number from 1 to {LEAST - 1}, or one from which it could be worked out",
        "laws": f"rounded to the nearest {LEAST}; null below {LEAST_DIVIDED}, or if all are null",
        "periods": [
            {
                "from": one.starts_on.isoformat(),
                "to": one.ends_on.isoformat(),
                "made_at": one.made_at.isoformat(timespec="seconds"),
                "numbers": one.numbers,
            }
            for one in found.periods
        ],
    }


def _named(response: HttpResponse, kind: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="numbers.{kind}"'
    return response
