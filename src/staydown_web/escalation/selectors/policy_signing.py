"""What must be true of a report at the moment in which somebody signs it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from staydown_web.cases.models import Case
from staydown_web.escalation.models import Report, Site
from staydown_web.escalation.selectors.first_private import unnamed_in
from staydown_web.escalation.selectors.policy import Check, Text, checks_of
from staydown_web.escalation.selectors.policy_grounds import ENDED_CASES, OPEN, grounds_of
from staydown_web.escalation.selectors.policy_private import claims_duty, composed_of, leaks_in
from staydown_web.escalation.selectors.policy_steps import CORRECTION
from staydown_web.escalation.selectors.sender import sender_facts
from staydown_web.escalation.services.ladders import USER_CONTENT_ROLES

_GENERAL = ("agreed", "heard", "no_appeal", "sender")


def checks_of_report(report: Report, now: datetime) -> list[Check]:
    """What is looked at before a report is signed, in the order of a page.

    Args:
        report: with its box.
        now: the moment, aware UTC.

    Raises:
        SealError: the case was erased, or the box was changed.
    """
    if report.purpose != Report.Purpose.PROVIDER:
        return [_nothing_unnamed(report), *_of_case(report.case)]
    shared = [_private(report), _duty(report)]
    if report.channel == CORRECTION:
        # It takes a report back: it may leave after the stop, and says no more than the first did.
        return [*shared, _sender()]
    pair = (report.case_id, report.site_id)
    grounds = grounds_of([pair], now=now)[pair]
    general = [one for one in checks_of(grounds, now) if one.key in _GENERAL]
    # That the site was told, had its time, and that people saw the links, was proven when the
    # escalation began and when this was written; it cannot become untrue.
    standing = {link.location_id for link in grounds.links if link.stands(now)}
    named = set(report.places.values_list("location_id", flat=True))
    looks = [link.looked_at for link in grounds.links if link.location_id in named]
    is_there = bool(named) and named <= standing
    return [
        *shared,
        *general,
        _check("living", _is_living(report.case)),
        _check("links", is_there, at=min((at for at in looks if at), default=None)),
        _check("open", report.escalation is not None and report.escalation.state in OPEN),
        _check("kind", _fits_kind(report)),
    ]


def _of_case(case: Case) -> list[Check]:
    is_asked = case.providers_agreed_at is not None and case.withdrawal_due_at is None
    return [_check("agreed", is_asked), _check("living", _is_living(case)), _sender()]


def _is_living(case: Case) -> bool:
    return case.state not in ENDED_CASES and case.erased_at is None


def _nothing_unnamed(report: Report) -> Check:
    return _check("unnamed", unnamed_in(report) == 0)


def _private(report: Report) -> Check:
    return _check("private", leaks_in(report) == 0)


def _duty(report: Report) -> Check:
    return _check("duty", not claims_duty(composed_of(report)))


def _sender() -> Check:
    return _check("sender", sender_facts() is not None)


def _fits_kind(report: Report) -> bool:
    if report.site.kind == Site.Kind.DEDICATED:
        return True
    return not report.targets_domain and report.role in USER_CONTENT_ROLES


def _check(key: str, is_met: bool, *, at: datetime | None = None) -> Check:  # noqa: FBT001 - as in Check
    met, unmet = _TEXTS[key]
    return Check(key, is_met, met if is_met else unmet, at)


_TEXTS: dict[str, tuple[Text, Text]] = {
    "private": (_("Nothing about the person is in it"), _("Something about the person is in it")),
    "unnamed": (
        _("It shows of the person only what is listed"),
        _("It shows something of the person that is not listed"),
    ),
    "duty": (
        _("It does not say that the 48-hour duty binds the provider"),
        _("It speaks of the time that binds the site, as if it bound the provider"),
    ),
    "agreed": (_("She agreed that providers may be told"), _("She has not been asked, or said no")),
    "living": (_("The case goes on"), _("The case has ended")),
    "sender": (_("Reports can leave"), _("The sender is not filled in or not switched on")),
    "links": (
        _("Every link in it was there within the last day"),
        _("Not every link in it was seen within the last day"),
    ),
    "open": (_("The escalation goes on"), _("The escalation is over")),
    "kind": (
        _("It fits what the site is for"),
        _("It does not fit a site where people post"),
    ),
}
