"""From the moment a site's time is over to reports that a person can sign: how long, in one run?

    PYTHONPATH=tests python benchmarks/escalation_ready.py [--runs 5] [--json FILE]

One home in a temporary folder, one case, one site that stands on twelve services which the default
ladder tells at once: two hosts, three payment processors, seven ad systems. The site, its name
servers, RDAP servers and pages answer on loopback; the map is made as polite as anywhere. Every job
of the worker runs at its own pace in its own thread, as in `staydown worker`. Then the site's time
runs out on the real clock, and it is waited until each service has its report, ready to sign.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BAR_S = 5.0
SERVICES = 12
RUNS_OUT_IN = timedelta(seconds=4)
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    """Measure in homes of their own, one process each: nothing is warm but the disk's cache."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--json", type=Path)
    options.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.once:
        print(json.dumps(once()))
        return
    runs = []
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory(prefix="staydown-ready-") as folder:
            environment = os.environ | {
                "STAYDOWN_HOME": folder,
                "STAYDOWN_SHARED_MEMORY": f"{folder}/memory",
                "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings",
                "DATABASE_URL": "",
            }
            command = [sys.executable, "-m", "staydown", "manage", "migrate", "--verbosity", "0"]
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
            command = [sys.executable, __file__, "--once"]
            done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
        print("  ".join(f"{name} {value}" for name, value in runs[-1].items()), flush=True)
    ready = [run["ready_s"] for run in runs]
    result = {
        "bar_s": BAR_S,
        "runs": runs,
        "ready_s_median": statistics.median(ready),
        "ready_s_most": max(ready),
        "machine": {"cores": os.cpu_count(), "load": os.getloadavg()[0]},
    }
    print(f"ready after {result['ready_s_median']:.2f} s (median), {max(ready):.2f} s at most")
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


def once() -> dict[str, Any]:
    """One site's time runs out; seconds from that moment to each mark."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model

    from little_internet import little_internet
    from policy_scene import make_world
    from staydown_web.accounts.models import Platform
    from staydown_web.base.clock import utc_now
    from staydown_web.config.worker import Worker, all_jobs
    from staydown_web.escalation.mapping import Pace
    from staydown_web.escalation.models import Escalation, Mapping, Report

    platform = Platform.objects.create(
        name="Forum Example",
        slug="forum-example",
        public_url="http://127.0.0.1:8161",
        legal_email="legal@forum.example",
        regimes=["us-tida"],
        created_at=datetime.now(UTC),
    )
    people = [
        get_user_model().objects.create_user(username=name, role="reviewer", pseudonym=f"R-{name}")
        for name in ("heron", "wren")
    ]
    with little_internet(scenario()) as net:
        net.clock = utc_now  # type: ignore[assignment] # the real one
        over_at = datetime.now(UTC) + RUNS_OUT_IN
        world = make_world(
            platform, people, over_at + timedelta(days=3), kind="dedicated", is_mapped=False,
            domain=net.scenario.host,
        )  # fmt: skip
        Report.objects.filter(case=world.case).update(due_at=over_at)
        ways = net.ways(pace=Pace())
        worker = Worker([with_ways(job, ways) for job in all_jobs()])
        worker.start()
        mark: dict[str, float] = {}

        def until(name: str, is_true: Callable[[], bool]) -> None:
            give_up_at = time.monotonic() + 60
            while not is_true():
                if time.monotonic() > give_up_at:
                    raise SystemExit(f"{name}: not within a minute")
                time.sleep(0.01)
            mark[name] = round((datetime.now(UTC) - over_at).total_seconds(), 2)

        until("opened_s", Escalation.objects.exists)
        until("mapped_s", lambda: Mapping.objects.filter(state="done").exists())
        drafts = Report.objects.filter(purpose="provider", state="draft")
        until("ready_s", lambda: drafts.count() >= SERVICES)
        worker.ask_to_stop()
        late = worker.join()
        assert mark["opened_s"] >= 0, "it was opened before its time was over"
        assert not late, late
        assert net.canary.is_silent
        services = Mapping.objects.get().services.count()
    return {**mark, "reports": drafts.count(), "services": services}


def scenario() -> Any:
    """The ordinary site, on two hosts, with three payment processors and seven ad systems."""
    from little_internet import plain
    from little_internet.scenarios.ordinary import HOME, HOST, ordinary

    page = HOME.replace(
        "</body>",
        '<script src="https://a.magsrv.com/ad-provider.js"></script><ins data-zoneid="5123456">'
        '</ins><script src="https://js.stripe.com/v3/"></script>'
        "<script>Stripe('pk_live_0123456789abcdefghijklmn')</script>"
        '<form action="https://bill.ccbill.com/jpost/signup.cgi">'
        '<input name="clientAccnum" value="901234"></form>'
        '<iframe src="https://widget.nowpayments.io/"></iframe></body>',
    )
    world = ordinary(home=page)
    world.names[HOST]["A"] = ["192.0.2.41", "198.51.100.7"]
    systems = ("adone", "adtwo", "adthree", "adfour", "adfive", "adsix")
    lines = "".join(f"{name}.little, {n}, DIRECT\n" for n, name in enumerate(systems))
    world.sites[HOST]["/ads.txt"] = plain(lines)
    world.network(
        "198.51.100.0/24", 64501, "Southwind", "abuse@southwind.little", addresses=("198.51.100.7",)
    )
    return world.scenario("twelve-services")


def with_ways(job: Any, ways: Any) -> Any:
    """The two jobs that look at the net look at the one on loopback."""
    from staydown_web.base.clock import utc_now
    from staydown_web.escalation.services.mapping import make_due_mappings
    from staydown_web.escalation.services.watching import look_at_due

    runs = {
        "make_maps": lambda now: make_due_mappings(now=now, clock=utc_now, ways=ways),
        "look_at_links": lambda now: look_at_due(now=now, clock=utc_now, ways=ways),
    }
    return replace(job, run=runs.get(job.name, job.run))


if __name__ == "__main__":
    main()
