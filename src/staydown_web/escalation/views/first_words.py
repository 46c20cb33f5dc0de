"""First notices in words: channels, time limits, what is checked before one signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.audit.models import Event
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.first import (
    channel_of_report,
    deadline_of_report,
    may_leave,
    time_of,
)
from staydown_web.escalation.selectors.first_channels import covered_by
from staydown_web.escalation.selectors.first_private import unnamed_in
from staydown_web.escalation.selectors.first_reading import Channel
from staydown_web.escalation.selectors.first_time import TimeRule
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.views.chain_timeline import Moment
from staydown_web.escalation.views.sent_parts import Contents, leaving_words
from staydown_web.regimes.selectors import regimes
from staydown_web.review.selectors.words import share_gone, span_in_words, time_left, tone_of


@dataclass(frozen=True, slots=True)
class ClockShown:
    """The time of one recipient.

    Attributes:
        words: such as “1 day and 7 hours left”.
        tone: ``now`` or ``heed``.
        percent: how much of it is gone, 0..100.
        due_at: when it ends.
        rule: whose rule it is, in words.
    """

    words: str
    tone: str
    percent: int
    due_at: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class CheckShown:
    """One line of “Before you sign”."""

    is_met: bool
    words: str


def name_of(report: Report) -> str:
    """To whom a notice goes, as people call it."""
    channel = channel_of_report(report)
    return channel.name if channel else domain_of(report.site)


def clock_shown(report: Report, *, now: datetime) -> ClockShown | None:
    """The clock of a notice; None before proof of delivery: nothing runs then."""
    due_at = deadline_of_report(report)
    if due_at is None or report.delivered_at is None:
        return None
    return ClockShown(
        words=time_left(due_at, now),
        tone=tone_of(due_at, now),
        percent=share_gone(report.delivered_at, due_at, now),
        due_at=due_at,
        rule=rule_words(time_of(report)),
    )


def rule_words(rule: TimeRule) -> str:
    """Whose rule a time is: a law's by its name, or our own, which is no law."""
    span = span_in_words(rule.length)
    if rule.law:
        title = _(regimes()[rule.law].short_title)
        return _("%(span)s, set by a law: %(law)s") % {"span": span, "law": title}
    return _("%(span)s: our own time. No law sets a number of hours here.") % {"span": span}


def checks_of(report: Report, contents: Contents, *, links: int) -> list[CheckShown]:
    """What somebody should know before signing a notice."""
    agreed = report.case.providers_agreed_at
    channel = channel_of_report(report)
    lines = [
        CheckShown(
            is_met=agreed is not None,
            words=_("She agreed that other sites are told, on %(day)s")
            % {"day": date_format(agreed, "j F Y")}
            if agreed
            else _("She has not been asked whether other sites may be told"),
        ),
        *([] if may_leave(report.case) else [CheckShown(is_met=False, words=_over_line())]),
        *_shown_lines(report, contents),
        CheckShown(
            is_met=True,
            words=ngettext("It names %(n)s link", "It names %(n)s links", links) % {"n": links},
        ),
    ]
    if channel is not None:
        lines.append(CheckShown(is_met=channel.is_checked, words=_source_line(channel)))
    return lines


def _over_line() -> str:
    return _("The case has ended, or she asked to take it back: nothing of it may leave at present")


def _shown_lines(report: Report, contents: Contents) -> list[CheckShown]:
    if unnamed_in(report):
        return [CheckShown(is_met=False, words=_("Something of hers is in it that nobody named"))]
    if not contents.shown:
        return [CheckShown(is_met=True, words=_("Nothing about the person is in it"))]
    said = _("What of her is in it, because the law of this notice asks for it: %(shown)s")
    return [CheckShown(is_met=True, words=said % {"shown": ", ".join(contents.shown)})]


def _source_line(channel: Channel) -> str:
    if channel.is_ours:
        return _("A colleague entered where it goes")
    if channel.is_checked:
        return _("Where it goes was read on a page of the site itself")
    return _("Nobody has read the page of the site itself. Check where it goes before you sign")


def timeline_of_notice(report: Report, events: Sequence[Event], *, now: datetime) -> list[Moment]:
    """What happened to a notice, how it stands, and what comes next."""
    words = _event_words()
    moments = [Moment(one.at, words[one.what]) for one in events if one.what in words]
    if not moments:
        moments.append(Moment(report.made_at, words["report_made"]))
    if report.delivered_at and not any(one.what == "report_pasted" for one in events):
        moments.append(Moment(report.delivered_at, _("Delivered, with proof. Its time began.")))
    moments.sort(key=lambda one: one.at or now)
    due_at = deadline_of_report(report)
    if due_at and due_at <= now and not report.outcome:
        moments.append(Moment(due_at, _("Its time is over")))
    moments.append(Moment(None, _here(report), "here"))
    is_site = report.purpose == Report.Purpose.FIRST_NOTICE
    if is_site and due_at and due_at > now and not report.outcome:
        ahead = _("Its time ends. If the links are still there, its services can be told.")
        moments.append(Moment(due_at, ahead, "ahead"))
    return moments


def _event_words() -> dict[str, str]:
    return {
        "report_made": _("Written"),
        "report_signed": _("Signed"),
        "report_sent_back": _("Sent back by a reviewer"),
        "report_sent": _("Left"),
        "report_bounced": _("It came back"),
        "report_given_up": _("It could not be delivered"),
        "report_pasted": _("Pasted into the form, with proof. Its time began."),
        "report_cancelled": _("It does not leave"),
        "notice_reopened": _("It is to be written again"),
        "outcome_recorded": _("What came of it was recorded"),
    }


def _here(report: Report) -> str:
    if report.outcome:
        return str(report.get_outcome_display())
    words = {
        Report.State.DRAFT: _("It waits for a signature"),
        Report.State.SIGNED: leaving_words(report),
        Report.State.TO_PASTE: _("It waits for a person to paste it"),
        Report.State.SENT: _("It left; there is no proof of delivery yet, so no time runs"),
        Report.State.DELIVERED: _("No answer yet"),
        Report.State.BOUNCED: _("It came back. No time runs."),
        Report.State.DEAD: _("It could not be delivered. No time runs."),
        Report.State.SENT_BACK: _("It does not leave as it is"),
        Report.State.CANCELLED: _("It is not sent"),
    }
    return words[Report.State(report.state)]


def asks_words(channel: Channel) -> list[str]:
    """What its form asks for, in order."""
    words = {
        "relation": _("Who you are to the person shown"),
        "urls": _("The links"),
        "search_urls": _("Links of the search pages on which it is found"),
        "place_in_video": _("At which minute she is seen"),
        "name": _("A name"),
        "email": _("An e-mail address for the answer"),
        "service": _("Which of its services it is about"),
        "authority": _("By what right you act for her"),
        "statement": _("What happened"),
        "signature": _("A typed signature"),
    }
    return [words[one] for one in channel.asks]


def caution_words(channel: Channel) -> list[str]:
    """What else to know before one writes to it."""
    words = {
        "sign_in": _("It asks you to sign in. Use an account of your organisation, never hers."),
        "no_account_needed": _("It takes reports without an account."),
        "one_item": _("One report for each picture."),
        "legal_name": _(
            "It asks for the legal name of the person shown. Talk to her before you give it."
        ),
        "name_passed_on": _(
            "It passes the name in the complaint on to whoever posted it. Talk to her first."
        ),
        "no_pictures": _("Never attach the picture, and no copy of an identity card."),
        "only_person": _(
            "It takes complaints of the person herself, or of someone who may act for her in law."
        ),
        "us_form": _("This form is for the law of the United States."),
        "asks_id": _("It may ask for an identity card. Do not send one; talk to her first."),
        "page_leads_on": _("The page leads on to the form."),
        "only_these_links": _("It looks at the links that you give, and at no others."),
        "public_only": _("It acts on public channels and groups, not on private chats."),
        "authority_needed": _("Who acts for her must say by what right."),
        "not_while_paid": _("It refuses pictures that she is paid for at present."),
        "explicit_pages": _("Its pages show explicit pictures. Open only the form."),
        "answers_public": _("What you write there can be seen by others."),
    }
    return [words[one] for one in channel.cautions]


def covers_words(channel: Channel) -> str:
    """Which other engines a request to one reaches; empty: none."""
    names = covered_by(channel)
    if not names:
        return ""
    return _("%(names)s show its results: one request reaches them too.") % {
        "names": ", ".join(names)
    }
