"""How long everything is kept: one table. Jobs read it, her page "Your data" and the docs print it.

Shorter is possible by changing the table; longer needs a reason in a decision record.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing, and how long it is kept.

    Attributes:
        id: stable; a job asks for it by this name.
        keeps: how long.
        what: in plain words.
        since: from when it counts, in plain words.
        room: where the job is.
        is_hers: whether it is about a person who asks; then her page shows it.
    """

    id: str
    keeps: timedelta
    what: str | Promise
    since: str | Promise
    room: str
    is_hers: bool = False


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "case",
        timedelta(days=184),  # no six months are longer: DSA Article 20, a complaint. ADR-0028.
        _("Your case, once it is decided or taken back: name, contact, statement, addresses"),
        _("something last happened in it"),
        "cases",
        is_hers=True,
    ),
    Rule(
        "incomplete_notice",
        timedelta(days=90),
        _("A notice that was not completed"),
        _("something last happened in it"),
        "cases",
        is_hers=True,
    ),
    Rule(
        "threat",
        timedelta(days=184),
        _("A case about something that was only threatened"),
        _("it was sent; you can prolong it"),
        "cases",
        is_hers=True,
    ),
    Rule(
        "recovery_words",
        timedelta(days=30),
        _("What opens the page of a case that has ended; never the words themselves"),
        _("you took it back; else nothing of it is kept and nothing is stopped for it any more"),
        "cases",
        is_hers=True,
    ),
    Rule(
        "client",
        timedelta(days=90),  # time to come back to the same helpline. ADR-0059.
        _("What a helpline calls you in its own files, and by what right it acts for you"),
        _("its work on your last case ended; at once where the case itself is erased"),
        "cases",
        is_hers=True,
    ),
    Rule(
        "open_page",
        timedelta(minutes=20),
        _("That your page is open in a browser"),
        _("the last click; never longer than two hours"),
        "portal",
        is_hers=True,
    ),
    Rule(
        "sending",
        timedelta(hours=24),
        _("What shows you number and words once more when you load their page again"),
        _("it was sent"),
        "portal",
        is_hers=True,
    ),
    Rule(
        "sent_mark",
        timedelta(days=30),  # as long as a browser may bring a page back and send it anew
        _("What keeps a notice from being sent twice; it does not lead to your case"),
        _("it was sent"),
        "portal",
        is_hers=True,
    ),
    Rule(
        "tallies",
        timedelta(days=2),
        _("Scrambled counts of tries from one connection"),
        _("the day of the try"),
        "portal",
        is_hers=True,
    ),
    Rule(
        "complaint_words",
        timedelta(days=184),
        _("What was written against a decision, and the answer to it"),
        _("the complaint was settled"),
        "review",
        is_hers=True,
    ),
    Rule(
        "undone_answer",
        timedelta(minutes=45),  # as long as a task stays with who took it: review.selectors.undoing
        _("An answer to a complaint that a reviewer took back within its minute"),
        _("it was taken back; at once where the complaint is answered anew"),
        "review",
        is_hers=True,
    ),
    Rule(
        "suspension_words",
        timedelta(days=184),  # as the words of other complaints
        _("What a reviewer wrote to somebody who often sent untrue notices, and their complaint"),
        _("the warning or suspension ended, once no complaint about it is open"),
        "review",
        is_hers=True,
    ),
    Rule(
        "reasons",
        timedelta(days=365),  # half a year to complain, and half a year for what follows
        _("Why something was removed or kept, in the reviewer's words"),
        _("the decision, once no complaint about it is open or possible"),
        "reports",
        is_hers=True,
    ),
    Rule(
        "receipts",
        timedelta(days=365),  # as the reasons that they attest
        _("Signed receipts of platforms, of uploaders, and that a request was taken back"),
        _("they were made; receipts of a case go with what you wrote in it"),
        "reports",
        is_hers=True,
    ),
    Rule("sessions", timedelta(0), _("Sign-ins of staff"), _("they ran out"), "actions"),
    Rule("invitations", timedelta(days=30), _("Invitations"), _("they ran out"), "actions"),
    Rule(
        "attempts",
        timedelta(days=30),
        _("Tries of messages to platforms"),
        _("the try, once its message is done"),
        "actions",
    ),
    Rule(
        "deliveries",
        timedelta(days=90),
        _("Messages to platforms"),
        _("they were delivered or given up"),
        "actions",
    ),
    Rule(
        "exposures",
        timedelta(days=30),
        _("That a reviewer opened a picture"),
        _("they opened it"),
        "actions",
    ),
    Rule("pauses", timedelta(days=30), _("Breaks of reviewers"), _("the break ended"), "actions"),
    Rule(
        "staff_letters",
        timedelta(days=30),
        _("Letters to staff about time limits"),
        _("they were sent or given up"),
        "actions",
    ),
    Rule(
        "copies",
        timedelta(days=184),  # as long as a case, so that a complaint still finds the copy
        _("That a copy was on a platform, what it was like, and what was done"),
        _("its last change, once no living case, open task or possible complaint needs it"),
        "actions",
        is_hers=True,
    ),
    Rule(
        "held_address",
        timedelta(days=30),
        _("The address of a copy that is hidden, or to be shown again, and waits for the platform"),
        _("the last case that named it ended"),
        "screening",
        is_hers=True,
    ),
    Rule(
        "removed_address",
        timedelta(days=214),  # half a year to complain once they were told, a month to answer it
        _("The address of a copy that was removed, so that a complaint can bring it back"),
        _("it was removed, or its uploader told; at once where it may show somebody under 18"),
        "screening",
        is_hers=True,
    ),
    Rule(
        "bucket_objects",
        timedelta(days=7),  # a store that could not reach us keeps its events so long at most
        _("That an object of a bucket was dealt with, by a scrambled name"),
        _("it was dealt with"),
        "hooks",
    ),
    Rule(
        "checks",
        timedelta(days=1),
        _("Answers to checks, for a platform that asks again"),
        _("the check"),
        "screening",
    ),
    Rule(
        "kept_uploads",
        timedelta(days=14),  # two weeks show the days of a week twice. ADR-0071.
        _("Fingerprints of clear uploads on which a list is tried; only where it is switched on"),
        _("the upload; sooner where fewer days were chosen, at once when it is switched off"),
        "screening",
    ),
    Rule(
        "list_fetches",
        timedelta(days=90),
        _("What each fetch of a partner's list brought, in counts"),
        _("the fetch"),
        "exchanges",
    ),
    Rule(
        "partner_words",
        timedelta(days=90),
        _("That a partner was told what became of an entry"),
        _("it was told; what could not be told is kept as long"),
        "exchanges",
    ),
)
_BY_ID: Final = {rule.id: rule for rule in RULES}


def keeps(id_: str) -> timedelta:
    """How long one kind of thing is kept.

    Raises:
        KeyError: no rule has this id: a defect of the caller.
    """
    return _BY_ID[id_].keeps


def her_rules() -> list[Rule]:
    """What is about a person who asks."""
    return [rule for rule in RULES if rule.is_hers]


def in_words(span: timedelta) -> str:
    """``20 minutes``, ``24 hours`` or ``183 days`` in the language that is active."""
    if span and span < _HOUR:
        minutes = int(span.total_seconds()) // 60
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if span and span <= _DAY:
        hours = int(span / _HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", span.days) % {"n": span.days}


def table(rules: Iterable[Rule]) -> str:
    """Rules as a Markdown table."""
    head = "| id | what | kept for | after | room |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{r.id}` | {r.what} | {in_words(r.keeps)} | {r.since} | `{r.room}` |\n" for r in rules
    )


def with_tables(page: str) -> str:
    """A page with the tables between its marks anew."""
    for name, is_hers in (("hers", True), ("service", False)):
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        text = table(rule for rule in RULES if rule.is_hers is is_hers)
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}{text}{end}{rest.partition(end)[2]}"
    return page


def rows() -> list[dict[str, Any]]:
    """Her rules as her page shows them."""
    return [
        {"what": rule.what, "keeps": in_words(rule.keeps), "since": rule.since}
        for rule in her_rules()
    ]


def main() -> None:
    """Write the tables into docs/retention.md."""
    settings.configure(USE_I18N=False)
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
