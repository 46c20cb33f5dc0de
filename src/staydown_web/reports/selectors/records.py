"""The record of a case for police or court: facts, digests, times and proofs. No picture, no hash.

``for_staff`` leaves out everything that says who she is and what she wrote: those she gives
herself, if she wants to. What the law of the page says holds here too: nothing about other cases,
about uploaders, or about places that she did not name (DESIGN, section 7).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from staydown_web.actions.models import Attempt, Delivery, Order
from staydown_web.actions.selectors import CaseRemovals, Hold, removals_of, with_holds
from staydown_web.audit.models import Event
from staydown_web.audit.selectors import case_events
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Clock, Contact, Letter, Location, Notice, Signature
from staydown_web.cases.selectors import PersonView, case_details, is_of_link, notices_of
from staydown_web.cases.selectors.timeline import SHOWN, is_of_uploader, told_as, told_of
from staydown_web.reports.models import AuditTree, Document
from staydown_web.reports.selectors.audit_trees import audit_keys, fields_of, proofs_of
from staydown_web.reports.selectors.documents import moment, whole_of
from staydown_web.reports.selectors.partners import told_of_case
from staydown_web.reports.selectors.providers import providers_told
from staydown_web.reports.selectors.receipts import grounds_in_words
from staydown_web.reports.selectors.received import file_rows, law_title, start_mark
from staydown_web.review.models import Decision
from staydown_web.screening.models import Copy

_HARMLESS = frozenset({"case_state", "version", "acts_as", "regimes", "is_flagged", "is_answered"})
"""Facts of her own events that her page says in other places."""

_BY_NOBODY = frozenset({"withdrawal_cancelled"})
"""Events of which her record does not name who did it: that would tell of a safe contact."""

_OF_UPLOADS = frozenset(
    f"statement_{what}" for what in ("told", "allowed", "answered", "cleared", "dropped")
) | {"uploader_told"}
"""Events about one of several uploads of the same item."""


def record_facts(
    *, case: Case, view: PersonView, with_details: bool, for_staff: bool, now: datetime
) -> dict[str, Any]:
    """What a record says.

    Args:
        case: not erased.
        view: what her page shows, unveiled.
        with_details: with her name, address, number and words; never for staff.
        for_staff: for an export by two people: decisions and every event in full, and nothing that
            names her.
        now: the moment, aware UTC.

    Raises:
        SealError: the case was erased.
    """
    removals = with_holds(case, removals_of(case, view.moments))
    facts: dict[str, Any] = {
        "case": {
            "number": case.number,
            "way": case.way,
            "acts_as": case.acts_as,
            "state": _state(case, for_staff=for_staff),
            "platform": case.platform.name if case.platform else "",
            "filed_at": moment(case.filed_at),
            "valid_at": moment(case.valid_at),
            "due_at": moment(case.due_at),
        },
        "notices": [_notice(case, row, with_details and not for_staff) for row in notices_of(case)],
        "items": [_item(case, row, removals, with_details and not for_staff) for row in view.items],
        "places": _places(case, view, removals),
        "holds": [
            {"what": one.what, "item": one.subject.partition(":")[2], "at": moment(one.at)}
            for hold in removals.holds
            for one in hold.moments
        ],
        "orders": _orders(case),
        "letters": _letters(case),
        "stopped_by_week": [
            {"week": week.isoformat(), "count": count} for week, count in view.blocked.items()
        ],
        "partners": [
            {"partner": one.partner, "what": one.what, "at": moment(one.at)}
            for one in told_of_case(case)
        ],
        "providers": [
            {
                "to": one.to,
                "purpose": one.purpose,
                "state": one.state,
                "outcome": one.outcome,
                "links": one.links,
                "at": moment(one.at),
            }
            for one in providers_told(case)
        ],
        "receipts": [
            whole_of(document)
            for document in case.documents.filter(side=Document.Side.NOTIFIER).order_by("made_at")
        ],
        "audit": _audit(case, for_staff=for_staff),
    }
    if for_staff:
        facts["decisions"] = _decisions(case)
    elif with_details:
        facts["person"] = _person(case)
    return facts


def are_proven(case: Case, *, for_staff: bool) -> bool:
    """Whether a signed tree holds every event that a record of the case names."""
    events = _events(case, for_staff=for_staff)
    return not events or AuditTree.objects.filter(last__gte=events[-1].seq).exists()


def _person(case: Case) -> dict[str, str]:
    details = case_details(case)
    return {
        "name": details.name,
        "email": details.email,
        "phone": details.phone,
        "authority": details.authority,
        "statement": details.statement,
        "place": details.place,
    }


def _state(case: Case, *, for_staff: bool) -> str:
    """Hers does not say that the other side complained: ADR-0054."""
    is_hidden = not for_staff and case.state == Case.State.APPEALED
    return str(Case.State.DECIDED if is_hidden else case.state)


def _notice(case: Case, row: Any, with_details: bool) -> dict[str, Any]:  # noqa: FBT001 - private
    facts: dict[str, Any] = {
        "id": str(row.id),
        "regime": row.regime,
        "law": law_title(row.regime),
        **start_mark(row.regime),
        "version": row.version,
        "received_at": moment(row.received_at),
        "valid_at": moment(row.valid_at),
        "due_at": moment(row.due_at),
        "signed_text_sha256": row.text_digest,
        "requirements": [{"id": one.id, "is_met": one.is_met} for one in row.requirements],
        "signatures": [
            {
                "signed_at": moment(one.signed_at),
                "text_sha256": one.digest,
                "language": one.language,
                "version": one.regime_version,
                "is_typed": one.is_typed,
                "was_shown_in_browser": one.was_sent_back,
            }
            for one in Signature.objects.filter(notice_id=row.id)
        ],
        "clocks": [
            {
                "began_at": moment(one.began_at),
                **({"is_of_addition": True} if one.since is not None else {}),
                "due_at": moment(one.due_at),
                "breached_at": moment(one.breached_at),
                "ended_at": moment(one.ended_at),
                "outcome": one.outcome or "open",
            }
            for one in Clock.objects.filter(notice_id=row.id).order_by("began_at", "cause")
        ],
    }
    if with_details:
        facts.update(_signature(case, Notice.objects.get(pk=row.id)))
    return facts


def _signature(case: Case, notice: Notice) -> dict[str, str]:
    """What was shown to be signed, and what was typed."""
    if notice.box is None:
        return {}
    held = unseal_for_case(case.pk, notice.box, context=f"notice:{notice.pk}")
    return {
        "signed_text": str(held.get("text", "")),
        "signature": str(held.get("signature", "")),
    }


def _item(
    case: Case,
    row: Any,
    removals: CaseRemovals,
    with_details: bool,  # noqa: FBT001 - private
) -> dict[str, Any]:
    files: list[dict[str, Any]] = [dict(one) for one in file_rows(case.pk, row)]
    if with_details:
        known = [label for label in row.labels if label.sha256]
        for file, label in zip(files, known, strict=True):
            file["name"] = label.name
            file["size_bytes"] = label.size_bytes
    hold = removals.hold_of(row.id, row.state)
    return {
        "id": str(row.id),
        "position": row.position,
        "content": row.content_kind,
        **_of_hold(hold),
        "state": removals.state_of(row.id, row.state)[0],
        "added_at": moment(row.added_at),
        "files": files,
    }


def _of_hold(hold: Hold | None) -> dict[str, str]:
    return {"hold": hold.state} if hold else {}


def _places(case: Case, view: PersonView, removals: CaseRemovals) -> list[dict[str, Any]]:
    added = dict(case.locations.values_list("pk", "added_at"))
    standing = {row.id: removals.standing_at(row, view) for row in view.locations}
    return [
        {
            "id": str(row.id),
            "address": row.url,
            "platform": row.platform,
            "item": row.position,
            "named_at": moment(added.get(row.id)),
            "state": standing[row.id][0],
            "since": moment(standing[row.id][2]),
            **_of_hold(removals.waiting_at(row) if standing[row.id][0] == row.state else None),
            "is_at_other_address": row.is_pointed,
            "is_address_alone": is_of_link(row, view),
        }
        for row in view.locations
    ]


def _orders(case: Case) -> list[dict[str, Any]]:
    """Orders about what lies at her own addresses, since she named them."""
    mine: list[dict[str, Any]] = []
    for place in _places_with_copies(case):
        orders = Order.objects.filter(copy=place.copy, made_at__gte=place.added_at)
        mine += [
            _order(order, place)
            for order in orders.exclude(state=Order.State.CANCELLED).order_by("seq")
        ]
    return mine


def _places_with_copies(case: Case) -> QuerySet[Location]:
    places = Location.objects.filter(case=case, copy__isnull=False)
    return places.select_related("copy").order_by("position")


def _order(order: Order, place: Location) -> dict[str, Any]:
    tries = Attempt.objects.filter(delivery__order=order).order_by("at")
    sent = order.deliveries.filter(state=Delivery.State.SENT).order_by("done_at")
    return {
        "order": str(order.pk),
        "place": str(place.pk),
        "what": order.what,
        "state": order.state,
        "made_at": moment(order.made_at),
        "first_seen_at": moment(order.seen_at),
        "answered_at": moment(order.answered_at),
        "tries": [
            {"at": moment(one.at), "http_status": one.http_status, "error": one.error_code}
            for one in tries
        ],
        "delivered": [{"message": str(one.pk), "at": moment(one.done_at)} for one in sent],
    }


def _letters(case: Case) -> list[dict[str, Any]]:
    """Letters to the notifier that left; never those to a safe contact."""
    sent = Letter.objects.filter(
        contact__case=case, contact__role=Contact.Role.NOTIFIER, state=Letter.State.SENT
    )
    return [
        {"what": one.template, "sent_at": moment(one.sent_at)} for one in sent.order_by("sent_at")
    ]


def _decisions(case: Case) -> list[dict[str, Any]]:
    made = Decision.objects.filter(task__case=case).select_related("task").order_by("decided_at")
    return [
        {
            "decision": str(one.pk),
            "task": one.task.number,
            "outcome": one.outcome,
            "grounds": [str(ground) for ground in one.grounds],
            "grounds_in_words": grounds_in_words(one),
            "decided_at": moment(one.decided_at),
            "firm_at": moment(one.made_firm_at),
            "taken_back_at": moment(one.undone_at),
        }
        for one in made
    ]


def _audit(case: Case, *, for_staff: bool) -> dict[str, Any]:
    events = _events(case, for_staff=for_staff)
    heads, proofs = proofs_of(events)
    by_seq = {event.seq: event for event in events}
    for proof in proofs:
        event = by_seq[proof["seq"]]
        if for_staff or _is_hers(event):
            proof["fields"] = fields_of(event)
        else:
            told = told_of(event)
            proof["at"], proof["what"] = moment(told.at), told.what
            proof["subject"], proof["facts"] = told.subject, told.facts
        proof.update(_upload(case, event))
    keys = audit_keys()
    # The older ones too, where there are any: a stretch may be from their time.
    older = {"keys": keys} if len(keys) > 1 else {}
    return {"key": keys[0], **older, "heads": heads, "events": proofs}


def _upload(case: Case, event: Event) -> dict[str, list[str]]:
    """Which of her addresses an upload is at of which an uploader is told; none for any other.

    Nothing more of it: not when it came, nor where it was tried.
    """
    if event.what not in _OF_UPLOADS:
        return {}
    copies = Copy.objects.filter(tasks__decisions=event.facts.get("decision"))
    if not copies.exists():
        return {}
    places = Location.objects.filter(case=case, copy__in=copies).order_by("position")
    return {"places": [str(pk) for pk in places.values_list("pk", flat=True)]}


def _events(case: Case, *, for_staff: bool) -> list[Event]:
    """The events of a record, oldest first."""
    events = case_events(case_id=case.pk)
    if for_staff:
        return list(events)
    shown = events.filter(what__in=SHOWN)
    return [event for event in shown if not is_of_uploader(event.what, event.facts)]


def _is_hers(event: Event) -> bool:
    """Whether she may read an event whole: all its facts are ones that her page shows."""
    if event.what in _BY_NOBODY:
        return False
    return set(event.facts) <= SHOWN[told_as(event.what, event.facts)] | _HARMLESS
