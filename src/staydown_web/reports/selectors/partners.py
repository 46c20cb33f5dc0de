"""Which partners are given fingerprints of people who agreed, and what they were told of a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from staydown_web.cases.models import Case, Claim
from staydown_web.exchanges.models import Contributed, Exchange, Outgoing
from staydown_web.federation.models import FeedEvent, Member

GIVEN, DOUBTED, WITHDRAWN = "given", "doubted", "withdrawn"
_NEWS = {
    FeedEvent.What.SEED: GIVEN,
    FeedEvent.What.CONFIRM: GIVEN,
    FeedEvent.What.DISPUTE: DOUBTED,
    FeedEvent.What.WITHDRAW: WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class PartnerTold:
    """One thing that a partner was told about the pictures of a case.

    Attributes:
        partner: its name.
        what: ``given``: it has the fingerprints; ``doubted``: a decision was reversed, it should
            stop nothing because of us; ``withdrawn``: it was asked to delete them.
        at: when it was told, or when the news was ready for it to fetch.
    """

    partner: str
    what: str
    at: datetime


def partners_now() -> list[str]:
    """Names of the partners that get fingerprints of people who agreed, in order."""
    lists = Exchange.objects.filter(contributes=True, state=Exchange.State.ON)
    members = Member.objects.filter(state=Member.State.ACTIVE).exclude(gives=Member.Gives.NOTHING)
    names = [*lists.values_list("name", flat=True), *members.values_list("name", flat=True)]
    return sorted(set(names), key=str.casefold)


def told_of_case(case: Case) -> list[PartnerTold]:
    """What partners were told of a case's pictures, oldest first; of several pictures the last."""
    claims = Claim.objects.filter(item__case=case)
    entries = list(claims.values_list("entry_id", flat=True).distinct())
    last: dict[tuple[str, str], datetime] = {}
    for one in _told(entries):
        key = (one.partner, one.what)
        last[key] = max(one.at, last.get(key, one.at))
    told = [PartnerTold(partner, what, at) for (partner, what), at in last.items()]
    return sorted(told, key=lambda one: (one.at, one.partner, one.what))


def _told(entries: Iterable[UUID]) -> Iterator[PartnerTold]:
    contributed = Contributed.objects.filter(entry_id__in=entries)
    for name, given_at, ended_at in contributed.values_list(
        "exchange__name", "given_at", "ended_at"
    ):
        if given_at is not None:
            yield PartnerTold(name, GIVEN, given_at)
            if ended_at is not None:
                yield PartnerTold(name, WITHDRAWN, ended_at)
    doubts = Outgoing.objects.filter(
        contributed__entry_id__in=entries, what="disputed", state=Outgoing.State.SENT
    )
    for name, at in doubts.values_list("exchange__name", "done_at"):
        if at is not None:
            yield PartnerTold(name, DOUBTED, at)
    events = FeedEvent.objects.filter(entry_id__in=entries, what__in=list(_NEWS))
    for name, what, at in events.values_list("member__name", "what", "at"):
        yield PartnerTold(name, _NEWS[FeedEvent.What(what)], at)
