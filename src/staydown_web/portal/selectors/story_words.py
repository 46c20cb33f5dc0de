"""The words of the story of a case: what happened, and a sentence more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy

from staydown_web.cases.models import Message
from staydown_web.cases.selectors import Moment
from staydown_web.portal.selectors import decided_again
from staydown_web.portal.selectors.decided_again import upload_of
from staydown_web.reports.selectors.event_words import SAID_ALIKE, reversal_key
from staydown_web.review.models import NOT_HERE
from staydown_web.review.selectors.uploads import UPLOAD_TOLD, upload_key

ANOTHER: Final = gettext_lazy("another upload")
"""What lay at no address of hers: neither where nor when, see ``About``."""

WHAT: Final[Mapping[str, Any]] = {
    **SAID_ALIKE,
    "case_filed": gettext_lazy("You sent your notice"),
    "notice_valid": gettext_lazy("Your notice was complete"),
    "items_added": gettext_lazy("You added something"),
    "location_restored": gettext_lazy("It is shown again at %(place)s"),
    "item_ordered": gettext_lazy("%(item)s: ordered to be removed"),
    "item_ordered_again": gettext_lazy("%(item)s: ordered again to be removed"),
    "item_failed": gettext_lazy(
        "%(item)s: the website did not carry it out; it may still be online"
    ),
    "restore_told_kept": gettext_lazy("%(item)s: a reviewer thinks that it should not be removed"),
    "restore_stopped_answered": gettext_lazy("You answered in time"),
    "restore_stopped_address": gettext_lazy("You added an address in time"),
    "statement_told": gettext_lazy("%(item)s: you were told before the person who uploaded it"),
    "statement_allowed": gettext_lazy("%(item)s: you said that they may be told"),
    "statement_cleared": gettext_lazy("%(item)s: a reviewer read what you wrote"),
    "complaint_filed": gettext_lazy("You asked for another look"),
    "complaint_filed_helpline": gettext_lazy("Your helpline asked for another look"),
    "message_person": gettext_lazy("You wrote to the reviewer"),
    "message_staff": gettext_lazy("The reviewer wrote to you"),
    "message_helpline": gettext_lazy("Your helpline wrote to the reviewer"),
    "case_prolonged": gettext_lazy("You kept your pictures watched for longer"),
    "case_prolonged_helpline": gettext_lazy("Your helpline kept your pictures watched for longer"),
    "partners_agreed": gettext_lazy("You let other websites look for your pictures too"),
    "partners_ended": gettext_lazy("You took back that other websites may look"),
    "providers_agreed": gettext_lazy("You let us write to other sites for you"),
    "providers_ended": gettext_lazy("You took back that we write to other sites"),
    "partners_agreed_helpline": gettext_lazy(
        "Your helpline said for you that other websites may look for your pictures too"
    ),
    "partners_ended_helpline": gettext_lazy("Your helpline took back that other websites may look"),
    "providers_agreed_helpline": gettext_lazy(
        "Your helpline said for you that we may write to other sites"
    ),
    "providers_ended_helpline": gettext_lazy(
        "Your helpline took back that we write to other sites"
    ),
    "withdrawal_asked": gettext_lazy("You took back your request"),
    "case_withdrawn": gettext_lazy("Your fingerprints were deleted"),
    "case_erased": gettext_lazy("What you wrote was erased"),
    **decided_again.WHAT,
}

_BY_EITHER: Final = frozenset(
    {
        "case_prolonged",
        "complaint_filed",
        "partners_agreed",
        "partners_ended",
        "providers_agreed",
        "providers_ended",
    }
)
"""What she does, or her helpline for her: the story says who did."""

MORE: Final[Mapping[str, Any]] = {
    "notice_valid": gettext_lazy("Under: %(law)s."),
    "notice_incomplete": gettext_lazy("Under: %(law)s. You can add it at any time."),
    "clock_paused": gettext_lazy("Under: %(law)s."),
    "clock_resumed": gettext_lazy("Under: %(law)s."),
    "clock_breached": gettext_lazy("Under: %(law)s. This is recorded and cannot be changed later."),
    "clock_breached_perhaps": gettext_lazy(
        "Under: %(law)s. This is recorded and cannot be changed later. If the duty begins later, "
        "the law did not bind the website to this time."
    ),
    **dict.fromkeys(
        ("partners_ended", "partners_ended_helpline"),
        gettext_lazy("They are asked to delete your fingerprints."),
    ),
    **dict.fromkeys(
        ("providers_ended", "providers_ended_helpline"),
        gettext_lazy("Nothing more is sent. We cannot call back what was sent."),
    ),
    "item_failed": gettext_lazy(
        "It comes back to a reviewer, who orders it again or decides anew."
    ),
    "location_unreachable": gettext_lazy("In such a case a reviewer looks there."),
    "location_not_found": gettext_lazy("In such a case a reviewer looks there."),
    "location_unseen": gettext_lazy("In such a case a reviewer looks there."),
    "restore_told": gettext_lazy("Why: %(why)s. You are told first, so that you can answer."),
    "restore_told_not_here": gettext_lazy(
        "If you know where it is, add the address. You are told first, so that you can answer."
    ),
    "restore_told_hidden": gettext_lazy(
        "Why: %(why)s. You are told first, so that you can answer."
    ),
    "restore_told_kept": gettext_lazy(
        "Why: %(why)s. It stays off, whatever is decided here. You are told first, so that you can "
        "answer."
    ),
    "restore_told_upload_stays": gettext_lazy(
        "Why: %(why)s. What was removed stays removed. You are told first, so that you can answer."
    ),
    "uploader_told": gettext_lazy("They are told what was done and why, and not who asked."),
    "fingerprint_deleted": gettext_lazy(
        "Somebody in it may be under 18, so we may not keep its fingerprint. New copies of it are "
        "not stopped for you any more."
    ),
    "fingerprint_deleted_part": gettext_lazy(
        "Somebody in it may be under 18, so we may not keep this fingerprint. We still keep "
        "another one of this item."
    ),
    "restore_stopped": gettext_lazy("A reviewer looks at it again."),
    "restore_stopped_answered": gettext_lazy(
        "%(item)s: the decision was taken back. A reviewer reads what you wrote and decides again."
    ),
    "restore_stopped_address": gettext_lazy(
        "%(item)s: the decision was taken back. A reviewer looks there and decides again."
    ),
    "complaint_filed": gettext_lazy("Another reviewer looks at it, not the one who decided."),
    "complaint_filed_helpline": gettext_lazy(
        "Another reviewer looks at it, not the one who decided."
    ),
    "reversal_told": gettext_lazy(
        "You were told before and could answer. If you do not agree, you can ask for another look."
    ),
    "reversal_told_apart": gettext_lazy(
        "You were told before and could answer. If you do not agree, you can ask for another look."
    ),
    **decided_again.MORE,
}


def key_of(moment: Moment) -> str:
    """Under which key the words of a moment stand, where there are any."""
    key = moment.what
    if key == "message_sent":
        key = f"message_{moment.facts.get('sender', Message.Sender.PERSON)}"
    elif key == "restore_told" and (of_upload := upload_key(moment.facts)):
        key = of_upload
    elif key == "restore_told" and moment.facts.get("is_hidden"):
        key = "restore_told_kept" if moment.facts.get("is_kept") else "restore_told_hidden"
    elif key == "restore_told" and NOT_HERE in moment.facts.get("grounds", []):
        key = "restore_told_not_here"
    elif key == "fingerprint_deleted" and moment.facts.get("is_watched"):
        key = "fingerprint_deleted_part"
    elif key in _BY_EITHER and moment.facts.get("by") == "helpline":
        key = f"{key}_helpline"
    elif key == "complaint_told":
        key = f"complaint_told_{moment.facts.get('side')}_{moment.facts.get('outcome')}"
    elif key == "reversal_told":
        key = reversal_key(moment.facts)
    elif key == "restore_stopped" and moment.facts.get("why") == "answered":
        by = moment.facts.get("by")
        key = "restore_stopped_address" if by == "address" else "restore_stopped_answered"
    return key


def names_of_uploads(moments: Iterable[Moment], urls: Mapping[str, str]) -> dict[str, str]:
    """``upload_of`` a moment -> how the upload is called that a statement is about.

    What lay at an address of hers is named where another upload of the same item is told of too.

    Args:
        moments: of the story.
        urls: id of an address of hers -> it.
    """
    about: defaultdict[str, set[str]] = defaultdict(set)
    uploads, places = {}, {}
    for one in moments:
        if which := upload_of(one):
            about[one.subject].add(which)
        if one.facts.get("upload"):
            uploads[which] = str(ANOTHER)
        elif which:
            found = (urls.get(pk) for pk in one.facts["places"])
            places[which] = ", ".join(dict.fromkeys(filter(None, found)))
    several = {which for found in about.values() if len(found) > 1 for which in found}
    return uploads | {which: name for which, name in places.items() if which in several}


def more_of(key: str, moment: Moment) -> Any:
    """The sentence under it; empty where there is none."""
    facts = moment.facts
    if key in UPLOAD_TOLD:
        return MORE["restore_told_upload_stays" if facts.get("stays_removed") else "restore_told"]
    return MORE.get(f"{key}_{facts.get('then', '')}", MORE.get(key, ""))
