"""Events of a case in plain words, for somebody who was not there: police, a court, a lawyer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.wording import colon
from staydown_web.cases.models import Item
from staydown_web.cases.selectors.timeline import told_as
from staydown_web.regimes.selectors import is_sure, marked, regime
from staydown_web.review.models import NOT_HERE
from staydown_web.review.selectors.uploads import UPLOAD_TOLD, upload_key

SAID_ALIKE: Final[Mapping[str, Any]] = {
    "notice_incomplete": gettext_lazy("Something was still missing"),
    "location_found": gettext_lazy("A copy was found at %(place)s"),
    "location_pointed": gettext_lazy("A copy was found at another address of %(place)s"),
    "location_link_found": gettext_lazy("A picture or video was found at %(place)s"),
    "location_link_pointed": gettext_lazy(
        "A picture or video was found at another address of %(place)s"
    ),
    "location_unreachable": gettext_lazy("%(place)s did not answer"),
    "location_not_found": gettext_lazy("Nothing was found at %(place)s"),
    "location_unseen": gettext_lazy("What is at %(place)s could not be looked at"),
    "location_elsewhere": gettext_lazy("%(place)s does not take part here"),
    "location_removed": gettext_lazy("Removed at %(place)s"),
    "item_removed": gettext_lazy("%(item)s: removed"),
    "item_kept": gettext_lazy("%(item)s: not removed"),
    "item_unfound": gettext_lazy("%(item)s: nothing of it was found"),
    "item_in_review": gettext_lazy("%(item)s: it waits for a reviewer"),
    "item_to_hide": gettext_lazy("%(item)s: to be hidden until a second reviewer has decided"),
    "item_hidden": gettext_lazy("%(item)s: hidden until a second reviewer has decided"),
    "item_shown": gettext_lazy("%(item)s: shown again"),
    "restore_told": gettext_lazy("%(item)s: a reviewer thinks that it should not be removed"),
    "restore_told_not_here": gettext_lazy("%(item)s: a reviewer looked, and did not find it"),
    "restore_told_hidden": gettext_lazy("%(item)s: a reviewer thinks that it may be shown again"),
    "restore_stopped": gettext_lazy("%(item)s: this decision was taken back"),
    "statement_dropped": gettext_lazy("%(item)s: the person who uploaded it is not told"),
    "uploader_told": gettext_lazy("%(item)s: the person who uploaded it may be told now"),
    "complaint_told_notifier_stands": gettext_lazy("Another reviewer agreed: the decision stays"),
    "complaint_told_notifier_reversed": gettext_lazy("Another reviewer reversed the decision"),
    "reversal_told": gettext_lazy("Another reviewer reversed the removal"),
    "reversal_dropped": gettext_lazy("Another reviewer agreed: the decision stays"),
    "reversal_told_apart": gettext_lazy(
        "Another reviewer decided that copies of it need not be stopped"
    ),
    "reversal_told_kept": gettext_lazy("Another reviewer reversed a decision to remove it"),
    "clock_paused": gettext_lazy("The time limit stood still"),
    "clock_resumed": gettext_lazy("The time limit went on"),
    "clock_breached": gettext_lazy("The time limit was over"),
    "clock_breached_perhaps": gettext_lazy("A time limit was over, if its duty was in force"),
    "fingerprint_deleted": gettext_lazy("%(item)s: its fingerprint was deleted"),
    "fingerprint_deleted_part": gettext_lazy("%(item)s: one of its fingerprints was deleted"),
    "case_closed": gettext_lazy("The case ended"),
    **UPLOAD_TOLD,
    "withdrawal_cancelled": gettext_lazy("The taking back was stopped"),
}
"""What a record and the page of whoever filed say in the same words."""

_WORDS: Final[Mapping[str, Any]] = {
    **SAID_ALIKE,
    "case_filed": gettext_lazy("The notice was filed"),
    "notice_valid": gettext_lazy("The notice was complete in law"),
    "items_added": gettext_lazy("Something was added to the notice"),
    "item_to_remove": gettext_lazy("%(item)s: it was decided to remove it"),
    "restore_kept_off": gettext_lazy("%(item)s: it was decided that it should not be removed"),
    "statement_told": gettext_lazy("%(item)s: who asked was told before who uploaded it"),
    "statement_allowed": gettext_lazy("%(item)s: who asked said that the other may be told"),
    "statement_answered": gettext_lazy("%(item)s: who asked wrote before the other was told"),
    "statement_cleared": gettext_lazy("%(item)s: a reviewer read what was written"),
    "complaint_filed": gettext_lazy("The person who filed asked for another look"),
    "complaint_filed_uploader": gettext_lazy("The person who uploaded it complained"),
    "complaint_told": gettext_lazy("Another reviewer has decided"),
    "complaint_told_uploader_stands": gettext_lazy("The person who uploaded it was answered"),
    "clock_started": gettext_lazy("The time limit started"),
    "clock_started_perhaps": gettext_lazy("A time is counted as if its duty had begun"),
    "message_sent": gettext_lazy("The person who filed wrote to the reviewer"),
    "message_sent_staff": gettext_lazy("A reviewer wrote"),
    "message_sent_helpline": gettext_lazy("A helpline wrote to the reviewer"),
    "case_prolonged": gettext_lazy("Copies are watched for longer"),
    "partners_agreed": gettext_lazy("Partners were allowed to look for the pictures too"),
    "partners_ended": gettext_lazy("Partners were no longer allowed to look"),
    "providers_agreed": gettext_lazy("Other sites and their services were allowed to be told"),
    "providers_ended": gettext_lazy("Other sites and their services were no longer to be told"),
    "withdrawal_asked": gettext_lazy("The person who filed took back the request"),
    "case_withdrawn": gettext_lazy("The fingerprints were deleted"),
    "order_made": gettext_lazy("An order to the platform"),
    "order_answered": gettext_lazy("What the platform answered"),
    "order_answered_done": gettext_lazy("The platform answered that an order is done"),
    "order_answered_failed": gettext_lazy("The platform answered that it could not do an order"),
}


def event_words(
    what: str, facts: Mapping[str, Any], *, item: str = "", place: str = ""
) -> str | None:
    """What happened, with the law's name where it is about one; None for the service's own work.

    Args:
        what: name of the event.
        facts: of the event, as far as they are known; ``is_unfound`` where nothing of its item was
            found, ``is_pointed`` where what was found lies at another address, ``is_link`` where
            nothing was given with which it could be compared.
        item: how the picture or video is called that it is about.
        place: the website that it is about.
    """
    key = perhaps(_key(what, facts), filter(None, [str(facts.get("regime", ""))]))
    if key.startswith("item_") and key not in _WORDS:
        return f"{item}{colon()}{dict(Item.State.choices).get(facts.get('state', ''), '')}"
    if key not in _WORDS:
        return None
    said = str(_WORDS[key]) % {
        "item": item or _("Item"),
        "place": place or _("Address"),
    }
    law = law_name(str(facts.get("regime", "")), is_of_time=what.startswith("clock_"))
    return f"{said} ({law})" if law else said


def law_name(id_: str, *, is_of_time: bool = False) -> str:
    """A law as lists name it, in the language of the moment; its id where it is gone.

    Args:
        id_: of a regime; empty gives nothing.
        is_of_time: something is said of its time, so that an open start is marked.
    """
    try:
        law = regime(id_) if id_ else None
    except RecordNotFoundError:
        return id_
    if law is None:
        return ""
    return marked(_(law.short_title), law) if is_of_time else _(law.short_title)


def perhaps(what: str, laws: Iterable[str]) -> str:
    """The name by which an event of a time limit is told; others keep theirs.

    Args:
        what: name of the event.
        laws: ids of the laws that set the time.
    """
    is_told = f"{what}_perhaps" in _WORDS
    return f"{what}_perhaps" if is_told and not is_sure(laws) else what


def _key(what: str, facts: Mapping[str, Any]) -> str:
    match what:
        case "item_settled" | "location_found" | "location_not_found":
            return _as_it_stands(what, facts)
        case "message_sent" if facts.get("sender") in {"staff", "helpline"}:
            return f"message_sent_{facts['sender']}"
        case "restore_told":
            is_hidden = facts.get("is_hidden") and not facts.get("is_kept")
            plain = f"{what}_hidden" if is_hidden else what
            plain = f"{what}_not_here" if NOT_HERE in facts.get("grounds", []) else plain
            return upload_key(facts) or plain
        case "reversal_told" | "complaint_filed" | "complaint_told" if (
            facts.get("side") != "notifier"
        ):
            return _of_uploader(what, facts)
        case "complaint_told" | "order_answered":
            parts = ("state",) if what == "order_answered" else ("side", "outcome")
            key = "_".join([what, *(str(facts.get(part)) for part in parts)])
            return key if key in _WORDS else what
        case _:  # of what is still watched only a part was deleted
            return f"{what}_part" if facts.get("is_watched") else what


def _of_uploader(what: str, facts: Mapping[str, Any]) -> str:
    """The other side's complaint; that it was made, or changed nothing, staff alone read."""
    if what == "complaint_filed":
        return "complaint_filed_uploader"
    if what == "complaint_told" and facts.get("outcome") != "reversed":
        return "reversal_dropped" if facts.get("was_heard") else "complaint_told_uploader_stands"
    return reversal_key(facts)


def reversal_key(facts: Mapping[str, Any]) -> str:
    """Which words that a decision was reversed has, of the facts of the event."""
    if facts.get("is_apart"):
        return "reversal_told_apart"
    return "reversal_told_kept" if facts.get("is_kept") else "reversal_told"


def found_as(*, is_pointed: object, is_link: object) -> str:
    """By which key it is said that something was found: where no picture was given it is no copy.

    Args:
        is_pointed: it was found where a reviewer said that it lies.
        is_link: an address alone was given.
    """
    return f"location{'_link' if is_link else ''}_{'pointed' if is_pointed else 'found'}"


def _as_it_stands(what: str, facts: Mapping[str, Any]) -> str:
    """Of what was found or settled, with what became known of it beside the event."""
    if what == "location_found":
        return found_as(is_pointed=facts.get("is_pointed"), is_link=facts.get("is_link"))
    if what == "location_not_found":
        return told_as(what, facts)
    state = facts.get("state", "")
    if state == Item.State.REMOVED and facts.get("answered_at"):
        return "item_to_remove"
    is_unfound = state == Item.State.KEPT and facts.get("is_unfound")
    return "item_unfound" if is_unfound else f"item_{state}"
