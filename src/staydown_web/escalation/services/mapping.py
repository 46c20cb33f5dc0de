"""Maps are asked for, made one by one, and stored; what staff know of a provider is never lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from staydown_web.audit.services import record_event
from staydown_web.base.ids import new_id
from staydown_web.base.retrying import MAPPING
from staydown_web.base.sealing import blind, seal
from staydown_web.escalation.chain import (
    Chain,
    ContactFound,
    MarkFound,
    Role,
    ServiceFound,
    Source,
)
from staydown_web.escalation.domains import host_of
from staydown_web.escalation.mapping import Ways, carried_signatures, map_site, system_ways
from staydown_web.escalation.models import Mapping, Mark, Provider, ProviderContact, Service, Site
from staydown_web.escalation.selectors.chains import pages_of
from staydown_web.escalation.selectors.sites import domain_of

LEASE = timedelta(minutes=3)
"""Longer than a map may take: a worker that dies loses its turn then."""
ONE_RUN = 20
AT_ONCE = 4
_PASSING = {"address_unreachable", "rate_limited", "map_late"}
_ACTOR = "system"
_FRESH = timedelta(minutes=10)
"""A map that is younger is not asked for again."""
_LABEL = 200


@transaction.atomic
def ask_mapping(*, site: Site, now: datetime, because: str) -> Mapping:
    """Ask for a map of a site; one that waits already, or was just made, is given instead.

    Args:
        site: of which.
        now: the moment, aware UTC.
        because: why, in one word for the audit, such as ``deadline_over``.
    """
    # The site's row makes two who ask at once ask one after the other.
    Site.objects.select_for_update().get(pk=site.pk)
    mine = Mapping.objects.filter(site=site)
    waiting = mine.filter(state=Mapping.State.DUE).order_by("asked_at").first()
    fresh = mine.filter(state=Mapping.State.DONE, done_at__gt=now - _FRESH)
    if found := waiting or fresh.order_by("-done_at").first():
        return found
    mapping = Mapping.objects.create(id=new_id(), site=site, asked_at=now, next_try_at=now)
    record_event(
        what="mapping_asked",
        actor=_ACTOR,
        at=now,
        subject=f"mapping:{mapping.pk}",
        facts={"site": site.pk, "because": because},
    )
    return mapping


def make_due_mappings(
    *, now: datetime, clock: Callable[[], datetime], ways: Ways | None = None
) -> int:
    """Make the maps whose turn has come, at most 20 of them or a few more, four side by side.

    Args:
        now: which are due.
        clock: reads the moment of each map, because a run can take minutes.
        ways: how the net is looked at; None takes the installation's.

    Returns:
        How many were taken in hand.
    """
    count = 0
    while count < ONE_RUN and (taken := _take_mappings(now)):
        used = ways or system_ways()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="maps") as pool:
            looks = [(m, pool.submit(_look, _places(m.site), used, clock)) for m in taken]
        for mapping, look in looks:
            _keep(mapping, look.result(), clock())
        count += len(taken)
    return count


def _take_mappings(now: datetime) -> list[Mapping]:
    """A few maps, made side by side: a site that is slow holds up no other for long."""
    taken: list[Mapping] = []
    while len(taken) < AT_ONCE and (mapping := _take_mapping(now)) is not None:
        taken.append(mapping)
    return taken


def _take_mapping(now: datetime) -> Mapping | None:
    """The next due map, taken in hand: no other worker gets it while the lease lasts."""
    due = Mapping.objects.filter(state=Mapping.State.DUE, next_try_at__lte=now)
    for mapping in due.order_by("next_try_at", "id").select_related("site")[:ONE_RUN]:
        taken = Mapping.objects.filter(
            pk=mapping.pk, state=Mapping.State.DUE, next_try_at=mapping.next_try_at
        ).update(next_try_at=now + LEASE, tries=F("tries") + 1)
        if taken:
            mapping.refresh_from_db()
            return mapping
    return None


def _places(site: Site) -> tuple[str, list[str]]:
    """The host to look at, and reported pages on it."""
    pages = pages_of(site)
    # What matters is who serves the reported page: that can be another name of the site.
    return (host_of(pages[0]) if pages else domain_of(site)), pages


def _look(places: tuple[str, list[str]], ways: Ways, clock: Callable[[], datetime]) -> Chain:
    # In a thread of its own: nothing here may touch the database.
    return map_site(host=places[0], pages=places[1], ways=ways, now=clock())


def _keep(mapping: Mapping, chain: Chain, now: datetime) -> None:
    if chain.services and not (mapping.tries == 1 and _is_half(chain)):
        store_chain(mapping=mapping, chain=chain, now=now)
    else:
        _put_off(mapping, chain, now)


def _is_half(chain: Chain) -> bool:
    """Whether who serves the site was not found because something did not answer just now."""
    is_found = any(service.role in {Role.HOST, Role.CDN} for service in chain.services)
    return not is_found and any(trouble.code in _PASSING for trouble in chain.troubles)


@transaction.atomic
def _put_off(mapping: Mapping, chain: Chain, now: datetime) -> None:
    """A map on which nothing was found is tried again, and in the end given up; half a one once."""
    again = MAPPING.next_try(tries=mapping.tries, now=now)
    state = Mapping.State.DUE if again is not None else Mapping.State.FAILED
    changed = Mapping.objects.filter(
        pk=mapping.pk, state=Mapping.State.DUE, tries=mapping.tries
    ).update(state=state, next_try_at=again, troubles=_troubles(chain))
    if changed:
        record_event(
            what="mapping_failed",
            actor=_ACTOR,
            at=now,
            subject=f"mapping:{mapping.pk}",
            facts={
                "site": mapping.site_id,
                "tries": mapping.tries,
                "is_final": again is None,
                "troubles": _counts(chain),
            },
        )


@transaction.atomic
def store_chain(*, mapping: Mapping, chain: Chain, now: datetime) -> bool:
    """Keep what was found: services, providers with their contacts, and marks of the site.

    Returns:
        False where another worker has stored this map meanwhile.
    """
    done = Mapping.objects.filter(pk=mapping.pk, state=Mapping.State.DUE).update(
        state=Mapping.State.DONE, done_at=now, next_try_at=None, troubles=_troubles(chain)
    )
    if not done:
        return False
    for position, service in enumerate(chain.services):
        _store_service(mapping, service, position, now)
    for mark in chain.marks:
        _store_mark(mapping.site, mark, now)
    record_event(
        what="site_mapped",
        actor=_ACTOR,
        at=now,
        subject=f"site:{mapping.site_id}",
        facts={
            "mapping": mapping.pk,
            "tries": mapping.tries,
            "services": dict(Counter(str(service.role) for service in chain.services)),
            "marks": len(chain.marks),
            "troubles": _counts(chain),
        },
    )
    mapping.refresh_from_db()
    return True


def _store_service(mapping: Mapping, found: ServiceFound, position: int, now: datetime) -> None:
    provider = Provider.objects.get_or_create(
        key=found.key[:120],
        defaults={
            "id": new_id(),
            "name": found.name[:200],
            "language": language_of(found.key),
            "made_at": now,
        },
    )[0]
    for rank, contact in enumerate(found.contacts):
        _store_contact(provider, contact, rank, now)
    facts: dict[str, list[str]] = {}
    for name, value in found.facts:
        facts.setdefault(name, []).append(value)
    Service.objects.create(
        id=new_id(),
        mapping=mapping,
        provider=provider,
        role=found.role,
        confidence=found.confidence,
        evidence=[[str(e.source), e.detail, e.at.isoformat()] for e in found.evidence],
        facts={name: values[0] if len(values) == 1 else values for name, values in facts.items()},
        position=position,
    )


def _store_contact(provider: Provider, found: ContactFound, rank: int, now: datetime) -> None:
    """Add or refresh a contact; what staff entered and what bounced stays as it is."""
    values = {
        "scope": found.scope[:20],
        "source": found.evidence.source,
        "detail": found.evidence.detail[:200],
        "state": ProviderContact.State.REFUSED if found.refused else ProviderContact.State.USABLE,
        "refused": found.refused[:20],
        "rank": rank,
        "found_at": found.evidence.at,
    }
    contact, is_new = ProviderContact.objects.get_or_create(
        provider=provider,
        kind=found.kind,
        address=found.address[:400],
        defaults={"id": new_id(), **values},
    )
    if not is_new:
        ProviderContact.objects.filter(pk=contact.pk, entered_by__isnull=True).exclude(
            source=Source.STAFF
        ).exclude(state=ProviderContact.State.BOUNCED).update(**values)


def _store_mark(site: Site, found: MarkFound, now: datetime) -> None:
    made_id = new_id()
    Mark.objects.get_or_create(
        site=site,
        kind=found.kind[:20],
        blind=blind(found.value.encode(), purpose=f"mark:{found.kind}"),
        defaults={
            "id": made_id,
            "label_box": seal(found.label[:_LABEL].encode(), context=f"mark:{made_id}"),
            "first_seen_at": now,
            "last_seen_at": now,
        },
    )
    Mark.objects.filter(
        site=site,
        kind=found.kind[:20],
        blind=blind(found.value.encode(), purpose=f"mark:{found.kind}"),
        last_seen_at__lt=now,
    ).update(last_seen_at=now)


def language_of(key: str) -> str:
    """The language that a provider of our list reads; empty: English."""
    for known in carried_signatures().networks:
        if known.key == key:
            return known.language
    return ""


def _troubles(chain: Chain) -> list[list[str]]:
    return [[trouble.part, trouble.code] for trouble in chain.troubles]


def _counts(chain: Chain) -> dict[str, int]:
    """How often each part failed: for the audit, which holds no names."""
    return dict(Counter(trouble.part for trouble in chain.troubles))
