"""The policy: what must be true before anything leaves, and what each step of a ladder may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from staydown_web.cases.models import Case
from staydown_web.escalation.models import Escalation, Site
from staydown_web.escalation.selectors.policy_grounds import ENDED_CASES, Grounds, grounds_of
from staydown_web.escalation.selectors.policy_steps import ServiceRow, StepRow, steps_of

__all__ = [
    "Check",
    "ServiceRow",
    "StepRow",
    "checks_before",
    "checks_of",
    "is_due",
    "open_escalation_of",
    "steps_of",
]

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be true.

    Attributes:
        key: stable: ``agreed``, ``valid``, ``served``, ``full_time``, ``seen``, ``invited``,
            ``heard``, ``still_there``, ``lawful``, ``cool_down``, ``no_appeal``, ``sender``.
        is_met: whether it is.
        detail: in words for a page.
        at: the moment that it is about, if there is one.
    """

    key: str
    is_met: bool
    detail: Text
    at: datetime | None = None


def checks_before(case: Case, site: Site, now: datetime) -> list[Check]:
    """The evidence threshold of one case against one site, in the order of a page.

    Nothing is escalated while one of them is not met.
    """
    found = grounds_of([(case.pk, site.pk)], now=now).get((case.pk, site.pk))
    return checks_of(found, now) if found else []


def checks_of(grounds: Grounds, now: datetime) -> list[Check]:
    """The same of what was read before."""
    return [_check(key, rule(grounds, now), _moment(key, grounds)) for key, rule in _RULES.items()]


def is_due(grounds: Grounds, now: datetime) -> bool:
    """Whether all of them are met, and there is a link to report."""
    return all(rule(grounds, now) for rule in _RULES.values()) and bool(grounds.reportable(now))


def _check(key: str, is_met: bool, at: datetime | None) -> Check:  # noqa: FBT001 - as in Check
    met, unmet = _TEXTS[key]
    return Check(key, is_met, met if is_met else unmet, at)


def _moment(key: str, grounds: Grounds) -> datetime | None:
    looks = [link.looked_at for link in grounds.links if link.looked_at]
    moments = {
        "agreed": grounds.case.providers_agreed_at,
        "valid": grounds.case.valid_at,
        "served": grounds.served.at,
        "full_time": grounds.served.deadline_at,
        "still_there": max(looks, default=None),
        "cool_down": grounds.site.cool_until,
    }
    return moments.get(key)


def _agreed(grounds: Grounds, _now: datetime) -> bool:
    case = grounds.case
    # While a withdrawal waits nothing new begins, whoever asked for it.
    return case.providers_agreed_at is not None and case.withdrawal_due_at is None


def _valid(grounds: Grounds, _now: datetime) -> bool:
    case = grounds.case
    # A notice for another site lacks but a link on a platform of ours; it was told once complete.
    is_valid = case.valid_at is not None or bool(grounds.served.own)
    return is_valid and case.state not in ENDED_CASES and not case.erased_at


def _served(grounds: Grounds, _now: datetime) -> bool:
    return grounds.served.at is not None


def _full_time(grounds: Grounds, now: datetime) -> bool:
    return grounds.served.deadline_at is not None and grounds.served.deadline_at <= now


def _seen(grounds: Grounds, _now: datetime) -> bool:
    return any(link.is_seen and not link.is_kept for link in grounds.links)


def _invited(grounds: Grounds, _now: datetime) -> bool:
    # Every first notice names the address to answer to: a served site was invited.
    return bool(grounds.site.unsafe_reason) or grounds.served.at is not None


def _heard(grounds: Grounds, _now: datetime) -> bool:
    return grounds.unread == 0


def _still_there(grounds: Grounds, now: datetime) -> bool:
    return any(link.is_there(now) and link.is_seen for link in grounds.links)


def _lawful(grounds: Grounds, now: datetime) -> bool:
    doubted = any(link.is_lawful or link.is_kept for link in grounds.links)
    return not doubted or bool(grounds.standing(now))


def _cool_down(grounds: Grounds, now: datetime) -> bool:
    # After a stop, and while the site is left alone, only new facts begin again.
    return grounds.since is None or bool(grounds.reportable(now))


def _no_appeal(grounds: Grounds, _now: datetime) -> bool:
    return grounds.appeals == 0


def _sender(grounds: Grounds, _now: datetime) -> bool:
    return grounds.is_sender_on


_RULES: dict[str, Callable[[Grounds, datetime], bool]] = {
    "agreed": _agreed,
    "valid": _valid,
    "served": _served,
    "full_time": _full_time,
    "seen": _seen,
    "invited": _invited,
    "heard": _heard,
    "still_there": _still_there,
    "lawful": _lawful,
    "cool_down": _cool_down,
    "no_appeal": _no_appeal,
    "sender": _sender,
}

_TEXTS: dict[str, tuple[Text, Text]] = {
    "agreed": (_("She agreed that providers may be told"), _("She has not been asked, or said no")),
    "valid": (_("The notice is valid"), _("The notice is not valid, or the case has ended")),
    "served": (
        _("The site got the notice, with proof"),
        _("It is not proven that the site got the notice"),
    ),
    "full_time": (_("The site had its full time"), _("The site's time is not over")),
    "seen": (
        _("Two people saw what the links show"),
        _("Two people must see what a link shows"),
    ),
    "invited": (
        _("The site was asked to reply, or that is not safe"),
        _("The site was not asked to reply"),
    ),
    "heard": (
        _("No answer of the site waits to be read"),
        _("The site has answered. Read its answer first"),
    ),
    "still_there": (
        _("Links were still there within the last day"),
        _("Nobody saw within the last day that a link is still there"),
    ),
    "lawful": (_("Nothing lawful was found"), _("A link seems lawful")),
    "cool_down": (
        _("There are new facts, or this was never reported"),
        _("It was reported before, and nothing is new"),
    ),
    "no_appeal": (_("No appeal waits"), _("An appeal waits for two people")),
    "sender": (_("Reports can leave"), _("The sender is not filled in or not switched on")),
}


def open_escalation_of(case: Case, site: Site) -> Escalation | None:
    """The escalation of both that goes on, None where there is none."""
    rows = Escalation.objects.filter(case=case, site=site)
    return rows.exclude(state__in=["ended", "stopped"]).first()
