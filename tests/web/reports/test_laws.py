"""The numbers of each law: counted from rows, and never subtracted down to a few people."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from staydown_web.accounts.models import Platform, User
from staydown_web.reports.services.counting import count_period
from staydown_web.reports.services.hiding import LEAST, hide_count, hide_small
from staydown_web.reports.services.laws import rounded
from web.reports.public_scene import publish
from web.reports.test_transparency import DAY, Rows

MONTH = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 10, 31)}
SMALL = range(1, LEAST)


@pytest.fixture
def rows(platform: Platform, reviewer: User) -> Rows:
    platform.regimes = ["us-tida", "eu-dsa", "uk-osa"]
    platform.save()
    return Rows(platform, reviewer)


@pytest.mark.parametrize(
    ("count", "together", "shown"),
    [
        (0, 0, 0),
        (0, 30, None),
        (9, 30, None),
        (10, 30, 10),
        (12, 30, 10),
        (13, 30, 15),
        (30, None, None),
    ],
)
def test_a_number_of_one_law_is_rounded_or_not_shown(
    count: int, together: int | None, shown: int | None
) -> None:
    assert rounded(count, together=together) == shown


def test_no_few_people_come_out_of_the_numbers_of_two_laws() -> None:
    """Every way to share up to 24 requests between one law, the other and both of them."""
    told: dict[Any, list[dict[str, int]]] = defaultdict(list)
    for only_a, only_b, both in product(range(25), repeat=3):
        total = only_a + only_b + both
        if total > 24:
            continue
        shown = hide_count(total)
        a, b = only_a + both, only_b + both
        key = (shown, rounded(a, together=shown), rounded(b, together=shown))
        told[key].append({"a": a, "b": b, "only_a": only_a, "only_b": only_b, "both": both})
    assert len(told) > 50
    assert _certain(told) == []


def test_no_few_people_come_out_of_what_one_law_lacks() -> None:
    """Complete or not under one law and under any: what is shown of both does not say how few."""
    told: dict[Any, list[dict[str, int]]] = defaultdict(list)
    most = 19
    for full, lacking, neither, other in product(range(most + 1), repeat=4):
        if full + lacking + neither + other > most:
            continue
        for nobodys in range(most + 1 - full - lacking - neither - other):
            # Under this law: complete; complete under another one only; under none. Not under it.
            all_ = hide_small({"complete": full + lacking + other, "incomplete": neither + nobodys})
            complete = all_.counts["complete"]
            received = full + lacking + neither
            key = (
                all_.total,
                complete,
                rounded(received, together=all_.total),
                rounded(full, together=complete),
            )
            counts = {"full": full, "lacking": lacking, "neither": neither, "other": other}
            told[key].append({**counts, "not_full": received - full, "nobodys": nobodys})
    assert len(told) > 50
    assert _certain(told) == []


def _certain(told: dict[Any, list[dict[str, int]]]) -> list[tuple[Any, str, int]]:
    """What somebody would know for sure who knows the rules, and that is small."""
    return [
        (key, name, worlds[0][name])
        for key, worlds in told.items()
        for name in worlds[0]
        if worlds[0][name] in SMALL and len({world[name] for world in worlds}) == 1
    ]


@pytest.mark.django_db
def test_a_request_is_counted_under_each_law_of_its_notices(rows: Rows) -> None:
    for _ in range(12):
        rows.case(laws=("us-tida", "eu-dsa"))
    for _ in range(11):
        rows.case(laws=("us-tida",), is_complete=False)

    laws = count_period(platform=rows.platform, **MONTH)["laws"]

    assert (laws["us-tida"]["received"], laws["us-tida"]["complete"]) == (25, 10)
    assert (laws["eu-dsa"]["received"], laws["eu-dsa"]["complete"]) == (10, 10)
    assert laws["uk-osa"]["received"] is None, "12 others came, so 0 could be worked out"


@pytest.mark.django_db
def test_decisions_and_times_are_counted_under_each_law(rows: Rows) -> None:
    for hours in [4] * 60 + [50] * 60:
        case = rows.case(laws=("us-tida", "eu-dsa"), settled_h=hours)
        rows.decision("restore", "not_intimate", case=case, hours=hours)
    for _ in range(15):
        rows.decision("remove", "us-tida", case=rows.case(laws=("uk-osa",)))

    laws = count_period(platform=rows.platform, **MONTH)["laws"]

    us, eu, uk = laws["us-tida"], laws["eu-dsa"], laws["uk-osa"]
    assert (us["acted"], us["in_time"], us["late"], us["restore"]) == (120, 60, 60, 120)
    assert (us["median_s"], us["p90_s"], us["p95_s"]) == (4 * 3600, 50 * 3600, 50 * 3600)
    assert (eu["in_time"], eu["late"], eu["acted"]) == (None, None, 120)
    assert (uk["remove"], uk["restore"], uk["median_s"]) == (15, None, 3 * 3600)
    assert (uk["p90_s"], uk["p95_s"]) == (None, None), "15 have no tail of five"


@pytest.mark.django_db
def test_what_was_acted_on_in_an_earlier_month_is_not_counted_again(rows: Rows) -> None:
    begin = datetime(2026, 9, 1, tzinfo=UTC)
    for number in range(24):
        case = rows.case(filed_at=begin)
        if number < 12:
            moments = {"made_firm_at": begin + timedelta(hours=2)}
            rows.decision("remove", "us-tida", case=case, **moments)
        rows.decision("remove", "us-tida", case=case)

    numbers = count_period(platform=rows.platform, **MONTH)

    assert numbers["time_to_act"]["total"] == 12
    assert numbers["time_to_act"]["median_s"] == (DAY - begin).total_seconds() + 3 * 3600


@pytest.mark.django_db
def test_the_page_shows_each_law_beside_all_of_them(client: Client, platform: Platform) -> None:
    publish(platform)

    html = client.get(reverse("reports:transparency")).content.decode()

    assert "Law by law" in html
    assert html.index("All together") < html.index("European Union: Digital Services Act")
    for words in ("19 in 20 within", "37 h", "Promptly, no number"):
        assert words in html


@pytest.mark.django_db
def test_both_files_hold_each_law(client: Client, platform: Platform) -> None:
    publish(platform)

    text = client.get(reverse("reports:transparency_file", args=["csv"])).content.decode()
    given = client.get(reverse("reports:transparency_file", args=["json"])).json()

    assert "2026-11-01,2026-11-30,laws.us-tida,received,115,0" in text.splitlines()
    assert "2026-11-01,2026-11-30,laws.uk-osa,p95_s,,1" in text.splitlines()
    assert given["periods"][0]["numbers"]["laws"]["eu-dsa"]["complete"] == 80
    assert given["laws"] == "rounded to the nearest 5; null below 10, or if all are null"


@pytest.mark.django_db
def test_a_period_that_was_counted_before_laws_were_is_still_read(
    client: Client, platform: Platform
) -> None:
    pages = publish(platform, months={11: (118, 109)})
    period = pages.periods.get()
    del period.numbers["laws"]
    del period.numbers["time_to_act"]["p95_s"]
    period.save()

    answer = client.get(reverse("reports:transparency"))

    assert answer.status_code == 200
    assert "Law by law" not in answer.content.decode()
