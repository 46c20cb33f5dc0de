"""Whether the time until wrong words are refused tells which case numbers exist.

    python benchmarks/phrase_timing.py --pairs 100

A service of its own with one case is asked with wrong words, by turns for the case's number and for
one that does not exist, each time from another address. Both times are compared by the chance
that a refusal of the known number took longer than one of the unknown (0.5 tells nothing, 1.0
everything) with a permutation test, once as the work alone takes and once as the door answers.
Prints one JSON object.
"""

# ruff: noqa: E402 - settings come before what reads them
from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from importlib import import_module

import numpy as np

os.environ["STAYDOWN_HOME"] = tempfile.mkdtemp(prefix="phrases-")
os.environ["STAYDOWN_SHARED_MEMORY"] = os.environ["STAYDOWN_HOME"] + "/memory"
os.environ["DJANGO_SETTINGS_MODULE"] = "staydown_web.config.settings"

import django

django.setup()

from django.conf import settings
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.base.clock import utc_now
from staydown_web.base.tables import make_tables
from staydown_web.cases.models import Case
from staydown_web.cases.services.phrases import digest_phrase, new_phrase

WRONG = "acorn basil cedar daisy elder fern"
UNKNOWN = "C-2222-2222"
SHUFFLES = 10_000


def make_case() -> Case:
    """A case that its number and words open, with no more in it than that takes."""
    now = utc_now()
    platform = Platform.objects.create(name="Bench", slug="bench", created_at=now)
    given = {
        "platform": platform,
        "number": "C-7Q2M-4KXR",
        "phrase_hash": digest_phrase(new_phrase()),
    }
    dates = {"filed_at": now, "touched_at": now}
    return Case.objects.create(**given, **dates)


def measure(case: Case, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds of refusals: of the number that exists, and of the one that does not."""
    times: dict[str, list[float]] = {case.number: [], UNKNOWN: []}
    client = Client()
    for turn in range(pairs):
        for number in (case.number, UNKNOWN) if turn % 2 else (UNKNOWN, case.number):
            # Pauses are not what is measured: each attempt finds the case as the first did.
            Case.objects.filter(pk=case.pk).update(failed_phrases=0, locked_until=None)
            address = f"127.{turn // 250}.{turn % 250}.{1 + (number == UNKNOWN)}"
            began = time.perf_counter()
            answer = client.post("/case/", {"number": number, "phrase": WRONG}, REMOTE_ADDR=address)
            times[number].append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 403
    return np.array(times[case.number]), np.array(times[UNKNOWN])


def compared(known: np.ndarray, unknown: np.ndarray) -> dict[str, float]:
    longer = float((known[:, None] > unknown[None, :]).mean())
    rng = np.random.default_rng(1)
    # Pairs stood side by side, so their signs are exchanged and not the whole order.
    gaps = known - unknown
    signs = rng.choice([-1, 1], (SHUFFLES, len(gaps)))
    by_chance = np.abs(np.median(signs * gaps, axis=1))
    return {
        "known_ms": round(float(np.median(known)), 2),
        "unknown_ms": round(float(np.median(unknown)), 2),
        "median_gap_ms": round(float(np.median(gaps)), 3),
        "chance_that_known_is_longer": round(longer, 3),
        "p_value": round(float((by_chance >= abs(np.median(gaps))).mean()), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100)
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["testserver"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    make_tables()
    case = make_case()
    door = import_module("staydown_web.portal.views.case")
    answered = door.wait_for_whole_step
    door.wait_for_whole_step = lambda _: None
    measure(case, 3)
    work = compared(*measure(case, options.pairs))
    door.wait_for_whole_step = answered
    row = {"pairs": options.pairs, "the_work_alone": work}
    row["as_answered"] = compared(*measure(case, options.pairs))
    row["load_of_the_machine"] = round(os.getloadavg()[0], 1)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
