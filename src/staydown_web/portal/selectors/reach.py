"""Where letters about a case go, and how far it got: for the person's own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.base.mailing import is_ready as mail_is_ready
from staydown_web.cases.models import Case, Contact
from staydown_web.cases.selectors import case_details
from staydown_web.cases.services.contacts import is_link_over

# Whether an address has had enough letters is not said: that would tell of other cases.
_WORDS: Final = {
    Contact.State.NEW: gettext_lazy(
        "One letter asks whether this address is yours. It can take some days until it comes."
    ),
    Contact.State.ASKED: gettext_lazy(
        "We sent one letter that asks whether this address is yours. Press the link in it, and "
        "you get a letter when there is news."
    ),
    Contact.State.CONFIRMED: gettext_lazy(
        "You confirmed this address. You get a letter when there is news, one a day at most."
    ),
    Contact.State.REFUSED: gettext_lazy(
        "We do not write to this address. You can give another one."
    ),
    Contact.State.FAILED: gettext_lazy(
        "Our letter could not be delivered. Please look at the address and save it again, or give "
        "another one."
    ),
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How she can be reached.

    Attributes:
        address: e-mail, as she gave it; empty where she gave none.
        words: how far its confirmation got.
        is_reached: it is confirmed, so that news reach it.
    """

    address: str
    words: str
    is_reached: bool


def reach_of(case: Case, *, now: datetime) -> Reach | None:
    """What a case that is open shows of it; None where the service sends no e-mail."""
    if not mail_is_ready():
        return None
    given = case.contacts.filter(role=Contact.Role.NOTIFIER, box__isnull=False)
    contact = given.first()
    if contact is None:
        none = _("You gave no e-mail address. With one you get a letter when there is news.")
        return Reach("", none, is_reached=False)
    words = str(_WORDS[Contact.State(contact.state)])
    if is_link_over(contact, now):
        words = _("The link in our letter has ended. Save the address again to get a new one.")
    is_reached = contact.state == Contact.State.CONFIRMED
    return Reach(case_details(case).email, words, is_reached=is_reached)
