"""One line a case, for some hundred cases at once: queries do not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.accounts.models import User
from staydown_web.cases.models import Access, Authority, Case, Claim, Location, Message, Telling
from staydown_web.cases.selectors.helplines import label_of, living_authorities
from staydown_web.cases.services.expiring import watched_cases
from staydown_web.portal.selectors.caseload.late import Acting, who_acts
from staydown_web.portal.selectors.clocks import in_words
from staydown_web.regimes.selectors import must_act_words, time_over_words
from staydown_web.review.models import Complaint
from staydown_web.review.models import Telling as RestoreTelling
from staydown_web.review.selectors.complaining import UNFINISHED
from staydown_web.review.selectors.foretold import open_tellings
from staydown_web.review.selectors.tellings import waiting_decisions

ENDED: Final = frozenset({Case.State.WITHDRAWN, Case.State.CLOSED})
SOON: Final = timedelta(days=14)
"""How long before its end an authority is spoken of: time enough to reach the client."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that has a day or an hour.

    Attributes:
        kind: ``withdrawal``, ``answer``, ``platform``, ``ask_again``, ``watch`` or ``authority``.
        what: in words.
        at: until when.
        left: in words, such as "1 day and 7 hours left".
        tone: of the line: ``now`` while there is time, ``heed`` near its end and after it.
        is_late: its time is over.
        is_sure: it is no time of laws alone of which the first day is not confirmed.
    """

    kind: str
    what: str
    at: datetime
    left: str
    tone: str
    is_late: bool
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One case as the list shows it.

    Attributes:
        access: by which it is seen; its case at hand.
        state: of ``Case.State``, as a helpline may know it; see ``shown_states``.
        label: what the helpline calls the client.
        holder: pseudonym of who has it.
        is_mine: the reader has it.
        deadlines: the nearest first.
        waits: what waits for the helpline, in words.
        places: addresses in all.
        untold: of them, those that nobody told.
        silent: told, and the day to ask again has come.
        is_ended: nothing goes on in it.
    """

    access: Access
    state: Case.State
    label: str
    holder: str
    is_mine: bool
    deadlines: tuple[Deadline, ...]
    waits: tuple[str, ...]
    places: int
    untold: int
    silent: int
    is_ended: bool

    @property
    def case(self) -> Case:
        """The case."""
        return self.access.case

    @property
    def state_words(self) -> str:
        """How it stands."""
        return str(self.state.label)

    @property
    def is_late(self) -> bool:
        """Whether the time of something is over."""
        return any(deadline.is_late for deadline in self.deadlines)

    @property
    def is_surely_late(self) -> bool:
        """Whether that is so whatever the first day of a law is."""
        return any(deadline.is_late and deadline.is_sure for deadline in self.deadlines)

    @property
    def watch(self) -> Deadline | None:
        """Until when we watch for what was threatened."""
        return next((one for one in self.deadlines if one.kind == "watch"), None)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the rows are made of: case or client -> value, each read with one query."""

    places: dict[UUID, Mapping[str, Any]]
    told: dict[UUID, Mapping[str, Any]]
    letters: dict[UUID, datetime]
    asked: dict[UUID, datetime]
    foretold: dict[UUID, datetime]
    authorities: dict[UUID, list[date | None]]
    watched: dict[UUID, datetime | None]
    states: dict[UUID, Case.State]
    acting: dict[UUID, Acting]


def rows_for(user: User, accesses: QuerySet[Access], *, now: datetime) -> list[Row]:
    """A row for each case, the nearest deadline first.

    Args:
        user: who reads.
        accesses: what they may see; see ``cases.selectors.helplines``.
        now: the moment, aware UTC.

    Cost: some twelve queries, however many cases; then some 50 microseconds a case for its label.
    """
    found = list(accesses.select_related("case__platform", "client", "holder"))
    cases = [one.case for one in found]
    facts = _facts(accesses, shown_states(cases), who_acts({one.pk for one in cases}), now)
    rows = [_row(access, facts, user, now) for access in found]
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[bool, datetime, str]:
    first = row.deadlines[0].at if row.deadlines else datetime.max.replace(tzinfo=UTC)
    return row.is_ended, first, row.case.number


def shown_states(cases: Iterable[Case]) -> dict[UUID, Case.State]:
    """Case -> its state; not that the other side complained, which is not hers to know: ADR-0054.

    Cost: one query where a complaint waits.
    """
    states = {case.pk: Case.State(case.state) for case in cases}
    appealed = [pk for pk, state in states.items() if state == Case.State.APPEALED]
    hers = Complaint.objects.filter(side=Complaint.Side.NOTIFIER, state__in=UNFINISHED)
    known = (
        set(hers.filter(case__in=appealed).values_list("case_id", flat=True)) if appealed else ()
    )
    return states | {pk: Case.State.DECIDED for pk in appealed if pk not in known}


def _facts(
    accesses: QuerySet[Access],
    states: dict[UUID, Case.State],
    acting: dict[UUID, Acting],
    now: datetime,
) -> _Facts:
    today = now.date()
    cases, clients = accesses.order_by().values("case_id"), accesses.order_by().values("client_id")
    open_ = Q(platform=None) | Q(case__valid_at=None)
    places = Location.objects.filter(case_id__in=cases).values("case_id")
    told = Telling.objects.filter(location__case_id__in=cases, undone_at__isnull=True)
    was_open = Q(location__platform=None) | Q(location__case__valid_at=None)
    is_silent = Q(answered_on__isnull=True)
    by_case = told.values("location__case_id").annotate(
        told=Count("pk", filter=was_open),
        silent=Count("pk", filter=is_silent & Q(ask_again_on__lte=today)),
        again=Min("ask_again_on", filter=is_silent),
    )
    letters = Message.objects.filter(case_id__in=cases, sender=Message.Sender.STAFF)
    asked = RestoreTelling.objects.filter(
        case_id__in=cases, ended_at__isnull=True, decision__in=waiting_decisions()
    )
    before = open_tellings().filter(
        case_id__in=cases, cleared_at__isnull=True, answered_at__isnull=True, until__gt=now
    )
    return _Facts(
        places=_keyed(places.annotate(all=Count("pk"), open=Count("pk", filter=open_)), "case_id"),
        told=_keyed(by_case, "location__case_id"),
        letters=dict(letters.values_list("case_id").annotate(last=Max("at"))),
        asked=dict(asked.values_list("case_id").annotate(first=Min("until"))),
        foretold=dict(before.values_list("case_id").annotate(first=Min("until"))),
        authorities=_ends(living_authorities(today).filter(client_id__in=clients)),
        watched=_watched(cases),
        states=states,
        acting=acting,
    )


def _watched(cases: QuerySet[Access, Any]) -> dict[UUID, datetime | None]:
    """Until when copies are watched for, but where the last fingerprint had to be deleted."""
    claims = Claim.objects.filter(item__case=OuterRef("pk"))
    lost = Exists(claims.filter(ended_for=Claim.EndedFor.MINOR))
    living = Exists(claims.filter(ended_at=None))
    rows = watched_cases().filter(pk__in=cases).exclude(lost & ~living)
    return dict(rows.values_list("pk", "expires_at"))


def _keyed(rows: Iterable[Mapping[str, Any]], key: str) -> dict[UUID, Mapping[str, Any]]:
    return {row[key]: row for row in rows}


def _ends(rows: QuerySet[Authority]) -> dict[UUID, list[date | None]]:
    ends: dict[UUID, list[date | None]] = {}
    for client_id, until in rows.values_list("client_id", "until"):
        ends.setdefault(client_id, []).append(until)
    return ends


def _row(access: Access, facts: _Facts, user: User, now: datetime) -> Row:
    case = access.case
    places = facts.places.get(case.pk, {"all": 0, "open": 0})
    told = facts.told.get(case.pk, {"told": 0, "silent": 0, "again": None})
    is_ended = case.state in ENDED
    untold = 0 if is_ended else max(0, places["open"] - told["told"])
    holder = access.holder
    return Row(
        access=access,
        state=facts.states[case.pk],
        label=label_of(access.client),
        holder=holder.pseudonym if holder else "",
        is_mine=access.holder_id == user.pk,
        deadlines=() if is_ended else tuple(_deadlines(access, facts, told["again"], now)),
        waits=() if is_ended else tuple(_waits(access, facts, untold)),
        places=places["all"],
        untold=untold,
        silent=0 if is_ended else told["silent"],
        is_ended=is_ended,
    )


def _deadlines(access: Access, facts: _Facts, again: date | None, now: datetime) -> list[Deadline]:
    case = access.case
    asks = facts.asked.get(case.pk)
    ends = facts.authorities.get(access.client_id) if access.client_id else None
    found: list[tuple[str, str, datetime | None]] = [
        ("withdrawal", _("Taken back unless you stop it"), case.withdrawal_due_at),
        ("answer", _("Answer, if you do not agree"), asks),
        ("statement", _("Say if the uploader must not be told yet"), facts.foretold.get(case.pk)),
        ("ask_again", _("Ask the places again that did not answer"), _day(again)),
        ("watch", _("We stop watching"), facts.watched.get(case.pk)),
        ("authority", _("The authority ends"), _authority_ends(ends, now)),
    ]
    due = [_deadline(kind, what, at, now) for kind, what, at in found if at is not None]
    if case.due_at is not None:
        due.append(_of_platform(case, case.due_at, facts.acting.get(case.pk), now))
    return sorted(due, key=lambda deadline: deadline.at)


def _of_platform(case: Case, at: datetime, acting: Acting | None, now: datetime) -> Deadline:
    """Until when the website must act; conditional where the law may not bind it yet."""
    names = acting.names if acting else ""
    name = names or (case.platform.name if case.platform else _("The website"))
    is_sure = acting is None or acting.is_sure
    if is_sure or at > now:
        what = must_act_words(name, is_sure=is_sure)
        return replace(_deadline("platform", what, at, now), is_sure=is_sure)
    left = _("%(time)s ago") % {"time": in_words(now - at)}
    what = time_over_words(name)
    return Deadline("platform", what, at, left, "heed", is_late=True, is_sure=False)


def _deadline(kind: str, what: str, at: datetime, now: datetime) -> Deadline:
    if at <= now:
        words = _("%(time)s late") % {"time": in_words(now - at)}
        return Deadline(kind, what, at, words, "heed", is_late=True)
    words = _("%(time)s left") % {"time": in_words(at - now)}
    tone = "heed" if at - now < timedelta(hours=12) else "now"
    return Deadline(kind, what, at, words, tone, is_late=False)


def _day(day: date | None) -> datetime | None:
    return datetime.combine(day, time(12), UTC) if day else None


def _authority_ends(ends: list[date | None] | None, now: datetime) -> datetime | None:
    """The last day of the one that holds longest, where that is near; None for one without end."""
    days = [end for end in ends or [] if end is not None]
    if not days or len(days) < len(ends or []):
        return None
    last = datetime.combine(max(days), time(23, 59), UTC)
    return last if last - now < SOON else None


def _waits(access: Access, facts: _Facts, untold: int) -> list[str]:
    case, found = access.case, []
    if case.withdrawal_due_at is not None:
        found.append(_("Somebody asked to take it back"))
    if case.pk in facts.asked:
        found.append(_("A reviewer has decided something"))
    if access.client_id not in facts.authorities:
        found.append(_("No authority holds"))
    if case.state == Case.State.NEEDS_INFORMATION:
        found.append(_("The notice is not complete"))
    last = facts.letters.get(case.pk)
    if last is not None and (access.read_until is None or last > access.read_until):
        found.append(_("A reviewer wrote"))
    if untold:
        words = ngettext("%(n)d place was not told", "%(n)d places were not told", untold)
        found.append(words % {"n": untold})
    return found
