"""What is claimed, unsealed for one reviewer who looks at one task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Claim, Location, Message, Notice
from staydown_web.cases.services.notices import answers_of
from staydown_web.regimes.selectors import regimes
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.talking import readers_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LawChip:
    """A notice under one law: valid, or what it lacks."""

    law: str
    words: str
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A message between the person and the reviewers.

    Attributes:
        text: what it says.
        is_theirs: False where a reviewer wrote it.
        at: when.
        is_new: of theirs, and nobody on the staff had read it.
        read_by: pseudonym of who read theirs first; empty where nobody did, or it is not known.
        read_at: when they read it.
    """

    text: str
    is_theirs: bool
    at: datetime
    is_new: bool = False
    read_by: str = ""
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one case claims. No name and no contact is here; both are asked for apart.

    Attributes:
        case: the case.
        statement: in the notifier's words; empty where there is none or it was erased.
        place: where it is, in the notifier's words; empty likewise.
        who: who asks, in words.
        way: how they came, in words.
        chips: its notices.
        lines: messages that are still held, oldest first.
        is_living: False where it was taken back or closed.
        links: how many addresses they gave.
        were_erased: there were messages, and they were erased with the case.
        is_erased: its notices were erased.
    """

    case: Case
    statement: str
    place: str
    who: str
    way: str
    chips: list[LawChip]
    lines: list[Line]
    is_living: bool
    links: int
    were_erased: bool = False
    is_erased: bool = False

    @property
    def has_new(self) -> bool:
        """Whether a message of theirs waits to be read."""
        return any(line.is_new for line in self.lines)


def cases_of(task: Task) -> QuerySet[Case]:
    """Cases that a decision on the task concerns: named, claimed by a match, or placed there."""
    living = Case.objects.filter(Q(erased_at__isnull=True) | _own(task))
    return living.filter(_behind(task, Q(items__claims__ended_at__isnull=True))).distinct()


def taken_back_since(decision: Decision) -> QuerySet[Case]:
    """Cases behind a decision that were taken back after it was made, also such as are erased."""
    at = decision.decided_at
    ended = Case.objects.filter(state=Case.State.WITHDRAWN, closed_at__gte=at)
    return ended.filter(_behind(decision.task, Q(items__claims__ended_at__gte=at))).distinct()


def _behind(task: Task, claimed: Q) -> Q:
    """What makes a case one of a task; of its claims those count that fulfil the condition."""
    matched = claimed & Q(items__claims__entry__hits__copy__tasks=task)
    return _own(task) | matched | Q(locations__copy__tasks=task)


def _own(task: Task) -> Q:
    return Q(pk=task.case_id) if task.case_id else Q(pk__in=())


def rests_on(case: Case) -> QuerySet[Decision]:
    """Decisions to remove that concern a case and stand, also such as can still be undone."""
    task = (
        Q(task__case=case)
        | Q(task__copies__locations__case=case)
        | Q(task__copies__hits__entry__claims__item__case=case)
    )
    standing = Decision.objects.filter(outcome=Decision.Outcome.REMOVE, undone_at__isnull=True)
    return standing.filter(task).distinct()


def has_reader(task: Task) -> bool:
    """Whether who asked reads how it stands: not once each case was taken back, or has ended."""
    return read_cases_of(task).exists()


def living_cases_of(task: Task) -> QuerySet[Case]:
    """Of the cases that a decision on the task concerns those that were not taken back or closed.

    Whose they are is told before the uploader is, also in the pause before it is taken back.
    """
    open_ = cases_of(task).filter(erased_at__isnull=True)
    return open_.exclude(state__in=(Case.State.WITHDRAWN, Case.State.CLOSED))


def read_cases_of(task: Task) -> QuerySet[Case]:
    """Of the cases that a decision on the task concerns those whose pages say how it stands."""
    return living_cases_of(task).filter(withdrawal_due_at__isnull=True)


def cases_of_tasks(tasks: Sequence[Task]) -> dict[UUID, set[Case]]:
    """Task -> the same cases as ``cases_of`` gives, for many tasks with a few reads."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    own = {task.pk: task.case_id for task in tasks}  # None where it names none
    for at in range(0, len(tasks), _AT_ONCE):
        ids = [task.pk for task in tasks[at : at + _AT_ONCE]]
        claims = Claim.objects.filter(ended_at=None, entry__hits__copy__tasks__in=ids)
        placed = Location.objects.filter(copy__tasks__in=ids)
        for task_id, case_id in (
            *claims.values_list("entry__hits__copy__tasks", "item__case").distinct(),
            *placed.values_list("copy__tasks", "case").distinct(),
            *((pk, own[pk]) for pk in ids),
        ):
            if case_id is not None:
                found[task_id].add(case_id)
    named = sorted({case_id for ids in found.values() for case_id in ids})
    cases: dict[UUID, Case] = {}
    for at in range(0, len(named), _AT_ONCE):
        cases.update(Case.objects.in_bulk(named[at : at + _AT_ONCE]))
    return {
        task_id: {
            cases[pk]
            for pk in case_ids
            if pk in cases and (cases[pk].erased_at is None or pk == own[task_id])
        }
        for task_id, case_ids in found.items()
        if task_id in own
    }


def is_open(case: Case) -> bool:
    """Whether a case was neither taken back nor closed."""
    return case.state not in (Case.State.WITHDRAWN, Case.State.CLOSED)


def lead_of(task: Task, cases: Iterable[Case]) -> Case | None:
    """The case by which a task is called: its own, or an open one where that has ended.

    Args:
        task: whose own case comes first.
        cases: all that stand behind it; of several open ones the one that is due first leads.
    """
    if task.case is not None and is_open(task.case):
        return task.case
    ranked = [case for case in cases if is_open(case)]
    ranked.sort(key=lambda case: (case.due_at is None, case.due_at or case.filed_at, case.pk))
    return ranked[0] if ranked else task.case


def claims_of(task: Task) -> list[Claimed]:
    """What each case claims: first the one by which the task is called, then open ones."""
    cases = list(cases_of(task).prefetch_related("notices", "locations", "messages", "items"))
    lead = lead_of(task, cases)
    cases.sort(key=lambda case: (case != lead, not is_open(case), case.filed_at))
    return [claim_of(case) for case in cases]


def valid_laws(claims: Iterable[Claimed]) -> set[str]:
    """Ids of the laws under which a living case's notice is valid."""
    return {
        notice.regime
        for claim in claims
        if claim.is_living
        for notice in claim.case.notices.all()
        if notice.valid_at is not None
    }


def secrets_of(task: Task) -> list[str]:
    """Names that must not reach the uploader: as given and as signed, of every case."""
    names = []
    for case in cases_of(task).filter(erased_at__isnull=True).prefetch_related("notices"):
        for notice in case.notices.all():
            answers = answers_of(notice)
            names += [answers.name, answers.signature]
    return [name for name in dict.fromkeys(names) if name]


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """How to reach the person who asked; shown only when a reviewer asks, as an event."""

    name: str
    email: str
    phone: str
    authority: str


def contact_of(case: Case) -> ContactDetails:
    """Contact details of a case; the caller records that they were looked at.

    Raises:
        RecordNotFoundError: the case was erased, or gave none.
    """
    notices = [] if case.erased_at is not None else case.notices.order_by("-received_at", "regime")
    for notice in notices:
        answers = answers_of(notice)
        if answers.name or answers.email or answers.phone:
            return ContactDetails(answers.name, answers.email, answers.phone, answers.authority)
    raise RecordNotFoundError("this case holds no contact details any more")


def claim_of(case: Case) -> Claimed:
    """What one case claims; the caller records that it was looked at."""
    notices = list(case.notices.all())
    is_erased = case.erased_at is not None
    written = [] if is_erased else sorted(case.messages.all(), key=lambda message: message.at)
    lines = [message for message in written if message.box is not None]
    readers = readers_of(case.pk) if lines else {}
    return Claimed(
        case=case,
        statement="" if is_erased else _words(notices, "statement"),
        place="" if is_erased else _words(notices, "place"),
        who=_who(case, notices),
        way=case.get_way_display(),
        chips=[_chip(notice) for notice in notices],
        lines=[_line(message, readers) for message in lines],
        is_living=is_open(case) and not is_erased,
        links=len(case.locations.all()),
        were_erased=len(case.messages.all()) > len(lines),
        is_erased=is_erased,
    )


def _words(notices: list[Notice], what: Literal["statement", "place"]) -> str:
    """What the first notice that says something says."""
    words = (str(getattr(answers_of(notice), what)).strip() for notice in notices)
    return next(filter(None, words), "")


def _who(case: Case, notices: list[Notice]) -> str:
    is_signed = any(notice.text_digest for notice in notices)
    if case.acts_as == Case.ActsAs.REPRESENTATIVE:
        return _("Someone acting for them, signed") if is_signed else _("Someone acting for them")
    return _("The person shown, signed") if is_signed else _("The person shown")


def _chip(notice: Notice) -> LawChip:
    law = regimes().get(notice.regime)
    short = (law.jurisdiction or law.short_title) if law else notice.regime
    if notice.valid_at is not None:
        return LawChip(short, _("valid"), is_valid=True)
    missing = [str(row.get("label") or row.get("id", "")) for row in _missing(notice)]
    words = _("not complete: %(what)s") % {"what": ", ".join(missing)} if missing else _("open")
    return LawChip(short, words, is_valid=False)


def _missing(notice: Notice) -> list[dict[str, object]]:
    """Rows of the findings that are not met, with the law's own label."""
    law = regimes().get(notice.regime)
    labels = {element.id: element.label for element in law.elements} if law else {}
    rows = [row for row in notice.findings if isinstance(row, dict) and not row.get("is_met")]
    return [
        {**row, "label": _(labels[row["id"]])} if row.get("id") in labels else row for row in rows
    ]


def _line(message: Message, readers: dict[datetime, str]) -> Line:
    text = ""
    if message.box is not None:
        text = str(unseal_for_case(message.case_id, message.box, context=f"message:{message.pk}"))
    is_theirs, read_at = message.sender != Message.Sender.STAFF, message.read_at
    if not is_theirs:
        return Line(text, is_theirs, message.at)
    read_by = readers.get(read_at, "") if read_at else ""
    return Line(text, is_theirs, message.at, read_at is None, read_by, read_at)
