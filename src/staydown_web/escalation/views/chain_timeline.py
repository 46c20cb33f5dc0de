"""The whole of an escalation as one line through time: what happened, now, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.audit.models import Event
from staydown_web.base.wording import inside
from staydown_web.escalation.models import (
    Appeal,
    Escalation,
    Look,
    Reply,
    Report,
    Sighting,
    SignOff,
    Watch,
)

MOST_LOOKS = 200
"""More changes of links than this are not shown one by one; the table of links has them all."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the line.

    Attributes:
        at: when; None for now.
        words: what happened.
        kind: ``past``, ``here`` or ``ahead``: a class of the stylesheet.
    """

    at: datetime | None
    words: str
    kind: str = "past"


def timeline_of(
    *,
    escalation: Escalation,
    reports: Sequence[Report],
    watches: Sequence[Watch],
    names: dict[str, str],
    now: datetime,
) -> list[Moment]:
    """Everything that happened, oldest first; then how it stands; then what comes.

    Args:
        escalation: with its mapping.
        reports: of the case about this site, with their signatures and replies.
        watches: of its links.
        names: id of a report -> to whom it goes, in words.
        now: the moment.
    """
    past = [
        *_beginning(escalation),
        *(moment for one in reports for moment in _of_report(one, names[str(one.pk)])),
        *_looks(watches),
        *_seen(watches),
        *_appealed(escalation),
        *_recorded(escalation, names),
        *_end(escalation),
    ]
    past.sort(key=lambda moment: moment.at or now)
    here = [] if escalation.ended_at else [Moment(None, state_words(escalation, reports), "here")]
    return [*past, *here, *_ahead(escalation, reports, watches, names, now)]


def state_words(escalation: Escalation, reports: Sequence[Report]) -> str:
    """How an escalation stands, in one sentence."""
    drafts = [one for one in reports if one.state == Report.State.DRAFT]
    if any(one.signs.all() for one in drafts):
        return _("Reports wait for a second signature")
    if drafts:
        return _("Reports wait for two signatures")
    if any(one.state == Report.State.TO_PASTE for one in reports):
        return _("A letter waits for a person to paste it")
    return str(escalation.get_state_display())


def _beginning(escalation: Escalation) -> Iterator[Moment]:
    yield Moment(escalation.served_at, _("Notice delivered, clock started"))
    yield Moment(escalation.deadline_at, _("The site's time was over. Recorded."))
    yield Moment(escalation.opened_at, _("Escalation opened"))
    mapping = escalation.mapping
    if mapping is not None and mapping.done_at:
        n = mapping.services.count()
        words = ngettext(
            "The site was mapped: %(n)s service", "The site was mapped: %(n)s services", n
        )
        yield Moment(mapping.done_at, words % {"n": n})


def _of_report(report: Report, name: str) -> Iterator[Moment]:
    for sign in report.signs.all():
        yield Moment(sign.at, _signed(sign, name))
    said = {"name": name}
    if report.sent_at:
        yield Moment(report.sent_at, _("Report to %(name)s left") % said)
    if report.delivered_at and report.delivered_at != report.sent_at:
        yield Moment(report.delivered_at, _("Report to %(name)s delivered") % said)
    for reply in report.replies.all():
        yield Moment(reply.at, _replied(reply, name))
    if report.outcome and report.outcome_at:
        words = _("%(name)s: %(outcome)s")
        yield Moment(report.outcome_at, words % {**said, "outcome": report.get_outcome_display()})


def _signed(sign: SignOff, name: str) -> str:
    words = _("%(who)s signed the report to %(name)s")
    return words % {"who": sign.user.pseudonym, "name": name}


def _replied(reply: Reply, name: str) -> str:
    words = {
        Reply.Kind.ANSWER: _("%(name)s answered"),
        Reply.Kind.AUTOMATIC: _("An automatic reply of %(name)s"),
        Reply.Kind.BOUNCE: _("The report to %(name)s came back"),
        Reply.Kind.STATUS: _("News from %(name)s's interface"),
    }
    return words[Reply.Kind(reply.kind)] % {"name": name}


def _looks(watches: Sequence[Watch]) -> Iterator[Moment]:
    looks = Look.objects.filter(watch__in=[one.pk for one in watches]).order_by("-at")
    together: dict[tuple[datetime, str], int] = {}
    labels = dict(Watch.State.choices)
    for look in looks[:MOST_LOOKS]:
        key = (look.at.replace(second=0, microsecond=0), look.state)
        together[key] = together.get(key, 0) + 1
    for (at, state), n in together.items():
        words = ngettext("%(n)s link: %(state)s", "%(n)s links: %(state)s", n)
        yield Moment(at, words % {"n": n, "state": inside(labels[state])})


def _seen(watches: Sequence[Watch]) -> Iterator[Moment]:
    places = [one.location_id for one in watches]
    seen = Sighting.objects.filter(location__in=places).select_related("user")
    for one in seen.order_by("-at")[:MOST_LOOKS]:
        words = _("%(who)s looked at a link: %(says)s")
        says = inside(one.get_says_display())
        yield Moment(one.at, words % {"who": one.user.pseudonym, "says": says})


def _appealed(escalation: Escalation) -> Iterator[Moment]:
    for one in escalation.appeals.all():
        yield Moment(one.made_at, _("Appeal of %(side)s") % {"side": _side(one.side)})
        if one.settled_at:
            yield Moment(
                one.settled_at,
                _("Appeal answered: %(how)s") % {"how": inside(one.get_state_display())},
            )


def _side(side: str) -> str:
    return _("a provider") if side == Appeal.Side.PROVIDER else _("the site")


def _recorded(escalation: Escalation, names: dict[str, str]) -> Iterator[Moment]:
    """What no row holds any more: reports that did not leave, new maps, sites that were told."""
    subjects = {f"report:{pk}": name for pk, name in names.items()}
    own = f"escalation:{escalation.pk}"
    words = {
        "report_sent_back": _("Report to %(name)s sent back by a reviewer"),
        "report_cancelled": _("Report to %(name)s does not leave"),
        "report_given_up": _("Report to %(name)s could not be delivered"),
        "map_taken": _("A new map of the site counts"),
    }
    events = Event.objects.filter(case_id=escalation.case_id, what__in=words)
    for event in events.filter(subject__in=[*subjects, own]).order_by("seq"):
        yield Moment(event.at, words[event.what] % {"name": subjects.get(event.subject, "")})


def _end(escalation: Escalation) -> Iterator[Moment]:
    if escalation.ended_at is None:
        return
    if escalation.state == Escalation.State.STOPPED:
        words = _("Stopped: %(reason)s") % {"reason": escalation.get_stopped_display()}
    else:
        words = str(escalation.get_state_display())
    yield Moment(escalation.ended_at, words)


def _ahead(
    escalation: Escalation,
    reports: Sequence[Report],
    watches: Sequence[Watch],
    names: dict[str, str],
    now: datetime,
) -> list[Moment]:
    ahead = []
    looks = [one.next_look_at for one in watches if one.next_look_at]
    if looks:
        ahead.append(Moment(max(min(looks), now), _("Look again whether the links are gone")))
    if escalation.ended_at:
        return [Moment(one.at, one.words, "ahead") for one in ahead]
    for report in reports:
        if report.due_at and not report.outcome and report.due_at > now:
            words = _("The time of %(name)s to act is over") % {"name": names[str(report.pk)]}
            ahead.append(Moment(report.due_at, words))
    if escalation.next_step_at and escalation.next_step_at > now:
        ahead.append(Moment(escalation.next_step_at, _("The next step, if nothing happened")))
    ahead.sort(key=lambda moment: moment.at or now)
    return [Moment(one.at, one.words, "ahead") for one in ahead]
