"""Requests that take two people, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.accounts.models import Approval, Platform
from staydown_web.accounts.selectors import answered_approvals, waiting_approvals
from staydown_web.banks.models import Bank, Response
from staydown_web.banks.services import EXPORT_APPROVAL
from staydown_web.base.wording import colon


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        approval: the request.
        title: what it asks.
        details: what exactly, line by line.
        entry_id: of the entry it names, or empty.
        site_link: page of the site it names, or empty.
        export_link: page on which an export of a bank is used, or empty.
    """

    approval: Approval
    title: str
    details: list[str]
    entry_id: str
    site_link: str = ""
    export_link: str = ""


def waiting_requests(now: datetime) -> list[Request]:
    """What waits for a second person, oldest first."""
    return [_in_words(approval) for approval in waiting_approvals(now)]


def answered_requests() -> list[Request]:
    """The last thirty that were answered."""
    return [_in_words(approval) for approval in answered_approvals()[:30]]


def _in_words(approval: Approval) -> Request:
    if "entry" in approval.facts:
        return _entry_request(approval)
    if approval.what in {"site_kind", "site_unsafe"}:
        return _site_request(approval)
    if approval.what == EXPORT_APPROVAL:
        return _export_request(approval)
    return _request(approval)


def _request(approval: Approval) -> Request:
    facts = dict(approval.facts)
    match approval.what:
        case "bank_policy":
            return Request(approval, _policy_title(facts), _policy_lines(facts), "")
        case "case_export":
            lines = [_("Case %(number)s") % {"number": facts.get("number", "")}]
            return Request(approval, _("Hand out the record of a case"), lines, "")
        case "notifier_suspension":
            lines = [
                _("For %(n)s days: somebody looks before new notices of theirs hold anything")
                % {"n": facts.get("days", "")},
                _("%(refused)s of %(filed)s notices were refused as not true")
                % {"refused": facts.get("refused", ""), "filed": facts.get("filed", "")},
            ]
            return Request(approval, _("Suspend a notifier who was warned"), lines, "")
        case "replica_copy":
            title, lines = _("Let a program keep a copy of banks"), _copy_lines(facts)
            # Two people besides the asker agree, each to one of two requests.
            part = _("Answer %(n)s of two: each is for another person.")
            lines = [*lines, part % {"n": facts.get("part", 1)}]
        case "member_agreement":
            title = _("Share with “%(name)s”") % {"name": facts.get("name", "")}
            lines = _member_lines(facts)
        case "exchange_on" | "exchange_trust" | "exchange_contribution":
            title, lines = _list_title(approval.what, facts), _policy_lines(facts)
            if approval.what == "exchange_on":
                lines = [*lines, _seeds_hold()]
        case _other:
            lines = [f"{key}: {value}" for key, value in sorted(facts.items())]
            title = approval.what.replace("_", " ").capitalize()
    return Request(approval, title, lines, "")


def _entry_request(approval: Approval) -> Request:
    facts = dict(approval.facts)
    lines = []
    match approval.what:
        case "entry_doubt":
            title = _("Put a confirmed entry in doubt")
            lines = [_("It stops nothing until it is settled; matches are only noted.")]
        case "lawful_entry":
            title = _("Let one account show it lawfully")
            lines = [_("For one account, for %(n)s days") % {"n": facts.get("days", "")}]
        case "lawful_renewal":
            title = _("Let one account go on showing it lawfully")
            lines = [_("For one account, for %(n)s days") % {"n": facts.get("days", "")}]
        case _withdrawal:
            title = _("Take an entry out of its bank for good")
    return Request(approval, title, lines, str(facts["entry"]))


def _site_request(approval: Approval) -> Request:
    # The room that knows sites lies below this one: its page is named, not imported.
    facts = dict(approval.facts)
    link = reverse("escalation:site", args=[str(facts.get("site", ""))])
    title, lines = _site_words(approval.what, facts)
    return Request(approval, title, lines, "", link)


def _export_request(approval: Approval) -> Request:
    facts = dict(approval.facts)
    bank = Bank.objects.filter(pk=str(facts.get("bank"))).first()
    name = bank.name if bank else _("a bank that is gone")
    count = int(str(facts.get("entries", 0)))
    lines = [
        ngettext(
            "It held %(n)s confirmed entry when this was asked",
            "It held %(n)s confirmed entries when this was asked",
            count,
        )
        % {"n": count},
        _("Whoever has the file has the fingerprints, and nothing takes it back"),
    ]
    link = reverse("review:export", args=[bank.slug]) if bank else ""
    title = _("Let the bank “%(name)s” leave as a file") % {"name": name}
    return Request(approval, title, lines, "", export_link=link)


def _site_words(what: str, facts: dict[str, object]) -> tuple[str, list[str]]:
    """What is asked about a site; its name is shown on its own page alone."""
    if what == "site_kind":
        kinds = {
            "dedicated": _("As one made for such pictures: its name and its payments may be told"),
            "user_content": _("As one where people post: only its links are reported"),
        }
        return _("Treat a site as another kind"), [kinds.get(str(facts.get("kind")), "")]
    asked, unasked = _("It is asked to reply again"), _("It is not asked to reply any more")
    return _("Change whether a site is asked to reply"), [unasked if facts.get("unsafe") else asked]


def _seeds_hold() -> str:
    """What "block" means for a list whose entries nobody here has seen."""
    return _(
        "This holds once the list is on; on trial it only notes. An entry that nobody has "
        "confirmed never does more than hold."
    )


def _list_title(what: str, facts: dict[str, object]) -> str:
    """What is asked for a partner's list; its bank bears its name."""
    bank = Bank.objects.filter(pk=str(facts.get("bank"))).first()
    if what == "exchange_on":
        title = _("Switch the list “%(name)s” on")
    elif what == "exchange_trust":
        title = _("Let entries of the list “%(name)s” block, although no person here saw them")
    else:
        title = _("Give the list “%(name)s” entries of people who agreed to it")
    return title % {"name": bank.name if bank else _("a list that is gone")}


def _policy_title(facts: dict[str, object]) -> str:
    bank = Bank.objects.filter(pk=str(facts.get("bank"))).first()
    name = bank.name if bank else _("a bank that is gone")
    return _("Change what the bank “%(name)s” does") % {"name": name}


def _copy_lines(facts: dict[str, object]) -> list[str]:
    platform = Platform.objects.filter(pk=str(facts.get("platform"))).first()
    ids = facts.get("banks")
    banks = Bank.objects.filter(pk__in=ids if isinstance(ids, list) else [])
    return [
        _("For %(platform)s: %(banks)s")
        % {
            "platform": platform.name if platform else "",
            "banks": ", ".join(bank.name for bank in banks.order_by("name")),
        },
        _("For %(n)s days, and for %(hours)s hours without a word from here")
        % {"n": facts.get("days", ""), "hours": facts.get("hours", "")},
        _("It counts as a dump: two people must grant it, each once."),
    ]


def _member_lines(facts: dict[str, object]) -> list[str]:
    """What another installation would get and bring."""
    given = {
        "confirmed": _("It is given entries that a person confirmed, out of %(n)s of our banks"),
        "seeds": _("It is given confirmed entries and seeds, out of %(n)s of our banks"),
    }
    words = given.get(str(facts.get("gives")), _("It is given no fingerprints"))
    takes, no = _("We take its fingerprints, as seeds"), _("We take none of its fingerprints")
    most = _("At most %(day)s events a day and %(total)s entries in all")
    return [
        words % {"n": facts.get("banks", "")} if "%" in words else words,
        takes if facts.get("takes") else no,
        most % {"day": facts.get("cap_day", ""), "total": facts.get("cap_total", "")},
    ]


def _policy_lines(facts: dict[str, object]) -> list[str]:
    kinds = {
        "on_identical": _("The same bytes"),
        "on_same": _("The same picture or video"),
        "on_part": _("A part of it"),
        "on_altered": _("An altered copy"),
    }
    words = dict(Response.choices)
    return [
        f"{label}{colon()}{words.get(str(facts[key]), facts[key])}"
        for key, label in kinds.items()
        if key in facts
    ]
