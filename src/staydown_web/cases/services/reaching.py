"""How the person can be reached: she gives another address, or the same again, at any time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.forms import Answers
from staydown_web.cases.forms.reaching import is_email
from staydown_web.cases.models import Case
from staydown_web.cases.services.contacts import replace_notifier
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.filing import seal_details
from staydown_web.cases.services.notices import merged

_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)


@transaction.atomic
def give_address(*, case: Case, address: str, now: datetime) -> None:
    """Take an e-mail address of the person; it gets one neutral message that asks to confirm it.

    What she signed stays as it is.

    Args:
        case: open.
        address: as typed.
        now: the moment, aware UTC.

    Raises:
        FieldsError: not an address; nothing was changed.
        RecordConflictError: the case was taken back, or has ended.
    """
    address = address.strip()
    if not is_email(address):
        raise FieldsError({"address": _("Please write a full address, such as name@mail.example.")})
    case = Case.objects.select_for_update().get(pk=case.pk)
    is_over = case.state in _ENDED or case.erased_at is not None
    if is_over or case.withdrawal_due_at is not None:
        raise RecordConflictError("this case has ended; nobody would write")
    held = {}
    if case.details_box is not None:
        held = unseal_for_case(case.pk, case.details_box, context="details")
    case.details_box = seal_details(case, merged(Answers(**held), Answers(email=address)))
    case.touched_at = now
    case.save(update_fields=["details_box", "touched_at"])
    replace_notifier(case=case, address=address, now=now)
    events = Events(case.pk, "person", now)
    events.add("address_given", f"case:{case.pk}")
    events.record()
