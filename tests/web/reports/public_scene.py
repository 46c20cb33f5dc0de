"""Published periods as the counting makes them, without the rows behind them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from staydown_web.accounts.models import Platform
from staydown_web.reports.models import PublicPages, PublishedPeriod
from staydown_web.reports.services.counting import FORMAT
from staydown_web.reports.services.hiding import hide_small

MONTHS = {6: (84, 79), 7: (91, 88), 8: (120, 112), 9: (143, 139), 10: (131, 124), 11: (118, 109)}
BANDS = ((0, 6, 45), (6, 12, 30), (12, 24, 21), (24, 48, 12), (48, None, 0))


def numbers(received: int = 118, complete: int = 109) -> dict[str, Any]:
    """The numbers of one period."""

    def table(**counts: int) -> dict[str, Any]:
        return hide_small(counts).as_json()

    return {
        "format": FORMAT,
        "requests": {
            "complete": table(complete=complete, incomplete=received - complete),
            "way": table(published=80, threatened=12, link=26),
            "filed_by": table(self=101, representative=17),
        },
        "time_to_act": {
            "total": 108,
            "bands": [{"from_h": a, "to_h": b, "count": n} for a, b, n in BANDS],
            "median_s": 27_600,
            "p90_s": 120_000,
            "p95_s": 133_200,
            "longest_s": 165_600,
        },
        "deadline": table(in_time=108, late=0),
        "decisions": {
            "outcome": table(remove=98, restore=14),
            "ground": {
                "remove": table(**{"us-tida": 60, "eu-dsa": 36, "platform-terms": 2}),
                "restore": table(not_intimate=8, consented_commercial=6),
            },
            "automation": table(none=20, detected=92, full=0),
        },
        "complaints": {
            "side": table(uploader=14, notifier=6),
            "outcome": {
                "uploader": table(stands=9, reversed=5),
                "notifier": table(stands=5, reversed=1),
            },
            "basis": {
                "uploader": table(picture=6, intimate=0, consent=8, interest=0, other=0),
                "notifier": table(picture=0, intimate=6, consent=0, interest=0, other=0),
            },
            "time_to_answer": {"median_s": 187_200, "p90_s": None, "p95_s": None},
        },
        "misuse": {"warned": 6, "suspended": None},
        "stopped": 4212,
        "laws": {
            "us-tida": _law(115, 105, 85, 10, in_time=105),
            "eu-dsa": {**_law(95, 80, 60, 10), "late": None},
            "uk-osa": {**_law(20, 15, 10, None, in_time=15), "p90_s": None, "p95_s": None},
        },
        "providers": {
            "told": table(**{"Northwind Hosting": 31, "Paywell": 12, "others": 9}),
            "outcome": {
                "Northwind Hosting": _ends(actioned=19, refused=0, no_answer=12),
                "Paywell": _ends(actioned=12),
            },
            "median_s": {"Northwind Hosting": 93_600, "Paywell": 201_600},
        },
    }


def _ends(**counts: int) -> dict[str, Any]:
    outcomes = ("actioned", "refused", "no_answer", "wrong_contact", "need_more")
    return hide_small({name: counts.get(name, 0) for name in outcomes}).as_json()


def _law(
    received: int, complete: int, remove: int, restore: int | None, *, in_time: int | None = None
) -> dict[str, int | None]:
    return {
        "received": received,
        "complete": complete,
        "acted": complete,
        "in_time": in_time,
        "late": 0,
        "remove": remove,
        "restore": restore,
        "median_s": 27_600,
        "p90_s": 120_000,
        "p95_s": 133_200,
    }


def publish(platform: Platform, *, months: dict[int, tuple[int, int]] | None = None) -> PublicPages:
    """A public report with the months of one year."""
    pages, _ = PublicPages.objects.update_or_create(
        platform=platform,
        defaults={"is_report_public": True, "unit": "month", "counts_from": date(2026, 6, 1)},
    )
    for month, (received, complete) in (MONTHS if months is None else months).items():
        PublishedPeriod.objects.create(
            pages=pages,
            starts_on=date(2026, month, 1),
            ends_on=date(2026, month, 30),
            numbers=numbers(received, complete),
            made_at=datetime.fromisoformat("2026-12-14T03:00:00+00:00"),
        )
    return pages
