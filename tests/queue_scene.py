"""Very many watched links as rows, and a net that answers at once: for test and benchmark.

A scene has sites of several sizes. It is drawn from a seed; nothing of it is sent anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import Platform
from staydown_web.base.fetching import Visited
from staydown_web.base.ids import new_case_number, new_id
from staydown_web.base.keys import make_case_key
from staydown_web.base.rows import insert_rows
from staydown_web.base.sealing import Sealer, installation_keys, seal_for_case
from staydown_web.cases.models import Case, Location
from staydown_web.escalation.mapping import Seen
from staydown_web.escalation.models import CaseTurn, Escalation, Site, SiteTurn, Watch

_AT_ONCE = 200
"""Sites a transaction: a disk that others write to is slow to end one."""


@dataclass(frozen=True, slots=True)
class Size:
    """Some sites alike: how many, cases on each, links of each case there, and when they are due.

    Attributes:
        due: from and to, in hours from now; a link is due at a random moment between them.
    """

    name: str
    sites: int
    cases: int
    links: int
    due: tuple[float, float]


@dataclass
class Queue:
    """What was written: which site is of which size."""

    first: int = 0
    size_of: dict[UUID, str] = field(default_factory=dict)
    links: int = 0
    escalations: int = 0


def make_queue(platform: Platform, now: datetime, sizes: Sequence[Size], *, seed: int = 7) -> Queue:
    """Write sites, cases, escalations, links and turns."""
    rng, sealer = random.Random(seed), Sealer()
    queue = Queue(first=Site.objects.count(), escalations=Escalation.objects.count())
    for size in sizes:
        for part in range(0, size.sites, _AT_ONCE):
            with transaction.atomic():
                for _ in range(min(_AT_ONCE, size.sites - part)):
                    _write_site(platform, now, size, rng, queue, sealer)
    return queue


def _write_site(
    platform: Platform, now: datetime, size: Size, rng: random.Random, queue: Queue, sealer: Sealer
) -> None:
    site_id = new_id()
    domain = f"s{queue.first + len(queue.size_of)}.example"
    box = sealer.seal(domain.encode(), context=f"site:{site_id}")
    Site.objects.create(
        id=site_id,
        domain_box=box,
        domain_blind=sealer.blind(domain.encode(), purpose="site"),
        made_at=now,
    )
    queue.size_of[site_id] = size.name
    firsts = [
        _write_case(platform, now, size, rng, queue, site_id, domain) for _ in range(size.cases)
    ]
    SiteTurn.objects.create(site_id=site_id, at=min(firsts), free_at=min(firsts))


def _write_case(
    platform: Platform,
    now: datetime,
    size: Size,
    rng: random.Random,
    queue: Queue,
    site_id: UUID,
    domain: str,
) -> datetime:
    """A case with its links on a site; gives the moment at which the first of them is due."""
    case_id, turn_id = new_id(), new_id()
    make_case_key(installation_keys().folder, case_id)
    Case.objects.create(
        id=case_id,
        number=new_case_number(),
        platform=platform,
        way="published",
        state="valid",
        acts_as="self",
        filed_at=now,
        touched_at=now,
        valid_at=now - timedelta(days=9),
        providers_agreed_at=now - timedelta(days=9),
    )
    queue.escalations += 1
    Escalation.objects.create(
        number=queue.escalations,
        case_id=case_id,
        site_id=site_id,
        ladder="default",
        ladder_version="1",
        served_at=now - timedelta(days=8),
        deadline_at=now - timedelta(days=6),
        opened_at=now - timedelta(days=5),
    )
    due = [now + timedelta(hours=rng.uniform(*size.due)) for _ in range(size.links)]
    CaseTurn.objects.create(id=turn_id, site_id=site_id, case_id=case_id, at=min(due))
    places, watches = [], []
    for position, at in enumerate(due, 1):
        place_id = new_id()
        url = f"http://{domain}/{position}.jpg"
        box = seal_for_case(case_id, url, context=f"location:{place_id}")
        places.append((place_id, position, box))
        watches.append((new_id(), place_id, at))
    same: dict[str, Any] = {"case": case_id, "state": "elsewhere", "added_at": now, "state_at": now}
    insert_rows(
        Location, ("id", "position", "url_box"), places, same={**same, "reason": "", "tries": 0}
    )
    insert_rows(
        Watch,
        ("id", "location", "next_look_at"),
        watches,
        same={
            "site": site_id,
            "turn": turn_id,
            "state": "there",
            "round": 1,
            "looked_at": now - timedelta(days=2),
            "state_at": now - timedelta(days=2),
        },
    )
    queue.links += size.links
    return min(due)


def still_there(url: str, **_: Any) -> Seen:
    """What the stand-in for the net answers: a file is there."""
    headers = {"content-type": "image/jpeg", "content-length": "1000"}
    return Seen(Visited(url, 200, headers, ("192.0.2.1",), b"", is_whole=False, next_url=""))


def stand_in() -> Any:
    """``Ways`` whose way out answers at once and opens no socket."""
    return SimpleNamespace(fetcher=SimpleNamespace(see=still_there))


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a simulated run: at which site, of which case, and how long it waited."""

    site_id: UUID
    case_id: UUID
    at: datetime
    waited: timedelta


def due_rows(now: datetime) -> int:
    """Links that are due, counted from an index."""
    return Watch.objects.filter(next_look_at__lte=now).count()


def each_second(start: datetime, runs: int) -> Iterator[datetime]:
    """Moments of runs of the job, one a second."""
    for number in range(runs):
        yield start + timedelta(seconds=number)


def noting(
    take: Callable[..., list[Any]], looks: list[Look], start: datetime
) -> Callable[..., Any]:
    """``take_turns`` that notes what it takes; links that were due before wait from the start."""

    def noted(*, now: datetime, most: int) -> list[Any]:
        taken = take(now=now, most=most)
        for one in taken:
            case_id = one.watch.location.case_id
            waited = now - max(one.due_at, start)
            looks.append(Look(one.watch.site_id, case_id, now, waited))
        return taken

    return noted
