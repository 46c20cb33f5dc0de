"""What a case holds, unsealed into plain records. The caller records the view where staff look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.services.notices import answers_of, facts_of
from staydown_web.cases.services.places import url_of
from staydown_web.regimes.schemas import Requirement
from staydown_web.regimes.selectors import regime
from staydown_web.regimes.services import check_notice

_SEEN = (Location.State.FOUND, Location.State.REMOVED)
"""Something was found there."""
MAY_BE_THERE = (Location.Reason.TOO_LARGE, Location.Reason.REFUSED, Location.Reason.UNREADABLE)
"""Of an address that is not found: it could not be looked at; something may be there."""


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """Who filed, and what they said. Empty strings where it was not given, or erased.

    Attributes:
        name: of the notifier.
        email: of the notifier.
        phone: of the notifier.
        authority: by what right a representative acts.
        acts_as: of ``Case.ActsAs``.
        statement: why it is wrong, in their words.
        place: where it is, where there is no address.
        signature: as typed.
    """

    name: str
    email: str
    phone: str
    authority: str
    acts_as: str
    statement: str
    place: str
    signature: str


@dataclass(frozen=True, slots=True)
class FileLabel:
    """By which a person knows a file without seeing it.

    Attributes:
        name: of the file; empty where it had none.
        size_bytes: of the file; 0 where not known.
        modified_on: day of its last change, or None.
        sha256: of its bytes, 64 hex digits; empty where it is not known. For her own record.
        came_at: when it was added to an item that was there; None: it came with the item.
    """

    name: str
    size_bytes: int
    modified_on: date | None
    sha256: str = ""
    came_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One picture or video of a case.

    Attributes:
        id: of the item.
        position: from 1.
        content_kind: ``photo``, ``video``, or empty where only an address is known so far.
        state: of ``Item.State``.
        added_at: when it came.
        labels: of its files; empty for one known by an address alone, and after erasure.
        answered_at: when the decision about it was made that stands, carried out or not, and also
            while its reviewer can undo it.
        is_let_go: its fingerprints had to be deleted, because somebody shown may be under 18: no
            copy of it is stopped any more.
    """

    id: UUID
    position: int
    content_kind: str
    state: str
    added_at: datetime
    labels: tuple[FileLabel, ...]
    answered_at: datetime | None = None
    is_let_go: bool = False


@dataclass(frozen=True, slots=True)
class LocationRow:
    """One place that the person gave.

    Attributes:
        id: of the location.
        url: as she gave it, in its clean form; empty after erasure.
        platform: name, or empty for one that is not served here.
        state: of ``Location.State``.
        reason: of ``Location.Reason``; empty for none.
        state_at: since when.
        position: of its item; None where not known yet.
        item_id: of its item; None where not known yet.
        is_led_on: a reviewer said that what is meant lies at another address: it is looked for
            there, and a reason is of that one.
        is_pointed: it was found there.
    """

    id: UUID
    url: str
    platform: str
    state: str
    reason: str
    state_at: datetime
    position: int | None
    item_id: UUID | None = None
    is_led_on: bool = False
    is_pointed: bool = False

    @property
    def is_unseen(self) -> bool:
        """Something may be there, and could not be looked at."""
        return self.state == Location.State.NOT_FOUND and self.reason in MAY_BE_THERE


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message.

    Attributes:
        id: of the message.
        sender: of ``Message.Sender``.
        text: unsealed; empty after erasure.
        at: when it was sent.
        read_at: when the other side read it.
    """

    id: UUID
    sender: str
    text: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """How one notice stands under its regime, in the language of the moment.

    Attributes:
        id: of the notice.
        regime: id.
        version: of the regime under which it was judged.
        received_at: when the first part came.
        valid_at: when it was complete, or None.
        due_at: when the platform must have acted, or None.
        text_digest: SHA-256 of the signed text, 64 hex digits; empty where nothing was signed.
        requirements: what the law asks for, and whether it is there.
    """

    id: UUID
    regime: str
    version: str
    received_at: datetime
    valid_at: datetime | None
    due_at: datetime | None
    text_digest: str
    requirements: tuple[Requirement, ...]

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """What is not there yet."""
        return tuple(r for r in self.requirements if not r.is_met)


def case_details(case: Case) -> CaseDetails:
    """Name, contact and words of a case. Staff's views of it are events: ``contact_viewed``.

    Raises:
        SealError: a value was changed.
    """
    held: dict[str, str] = {}
    if case.details_box is not None:
        held = unseal_for_case(case.pk, case.details_box, context="details")
    notice = case.notices.filter(box__isnull=False).order_by("received_at", "regime").first()
    answers = answers_of(notice) if notice else None
    return CaseDetails(
        name=held.get("name", ""),
        email=held.get("email", ""),
        phone=held.get("phone", ""),
        authority=held.get("authority", ""),
        acts_as=case.acts_as,
        statement=answers.statement if answers else "",
        place=answers.place if answers else "",
        signature=answers.signature if answers else "",
    )


def items_of(case: Case) -> list[ItemRow]:
    """The items of a case in their order, with labels."""
    let_go = _let_go(case)
    return [
        ItemRow(
            id=item.pk,
            position=item.position,
            content_kind=item.content_kind,
            state=item.state,
            added_at=item.added_at,
            labels=_labels(case, item.pk, item.label_box),
            answered_at=item.answered_at if item.answer != Item.Answer.NONE else None,
            is_let_go=item.pk in let_go,
        )
        for item in case.items.order_by("position")
    ]


def _let_go(case: Case) -> set[UUID]:
    """Items of which no fingerprint is left, as somebody shown may be under 18."""
    claims = Claim.objects.filter(item__case=case)
    lost = set(claims.filter(ended_for=Claim.EndedFor.MINOR).values_list("item", flat=True))
    if not lost:
        return lost
    return lost - set(claims.filter(ended_at=None).values_list("item", flat=True))


def locations_of(case: Case) -> list[LocationRow]:
    """The places of a case, in her order."""
    rows = case.locations.select_related("platform", "item").order_by("position", "id")
    return [
        LocationRow(
            id=location.pk,
            url=url_of(location),
            platform=location.platform.name if location.platform else "",
            state=location.state,
            reason=location.reason,
            state_at=location.state_at,
            position=location.item.position if location.item else None,
            item_id=location.item_id,
            is_led_on=location.media_box is not None,
            is_pointed=location.media_box is not None and location.state in _SEEN,
        )
        for location in rows
    ]


def messages_of(case: Case) -> list[MessageRow]:
    """The messages of a case, oldest first."""
    return [
        MessageRow(
            id=message.pk,
            sender=message.sender,
            text=_text(case, message.pk, message.box),
            at=message.at,
            read_at=message.read_at,
        )
        for message in case.messages.order_by("at", "id")
    ]


def notices_of(case: Case) -> list[NoticeRow]:
    """How each notice of a case stands. Of a valid one the stored findings are shown, as judged."""
    rows = []
    for notice in case.notices.order_by("received_at", "regime"):
        met = {row["id"]: bool(row["is_met"]) for row in notice.findings}
        facts = facts_of(case, answers_of(notice), law=notice.regime)
        now = notice.valid_at or notice.received_at
        asked = check_notice(regime=notice.regime, facts=facts, now=now).requirements
        known = {r.id: r for r in asked}
        rows.append(
            NoticeRow(
                id=notice.pk,
                regime=notice.regime,
                version=notice.regime_version,
                received_at=notice.received_at,
                valid_at=notice.valid_at,
                due_at=notice.due_at,
                text_digest=notice.text_digest,
                requirements=tuple(_as_judged(notice.regime, known, met)),
            )
        )
    return rows


def _as_judged(
    regime_id: str, known: dict[str, Requirement], met: dict[str, bool]
) -> list[Requirement]:
    order = [element.id for element in regime(regime_id).elements if element.id in met]
    return [
        Requirement(r.id, met[r.id], r.label, r.remedy, r.form_fields)
        for r in (known[id_] for id_ in order if id_ in known)
    ]


def _labels(case: Case, item_id: UUID, box: Any) -> tuple[FileLabel, ...]:
    if box is None:
        return ()
    rows = unseal_for_case(case.pk, box, context=f"item:{item_id}")
    return tuple(
        FileLabel(
            name=row["name"],
            size_bytes=row["size_bytes"],
            modified_on=date.fromisoformat(row["modified_on"]) if row["modified_on"] else None,
            sha256=row.get("sha256", ""),
            came_at=datetime.fromisoformat(row["came_at"]) if row.get("came_at") else None,
        )
        for row in rows
    )


def _text(case: Case, message_id: UUID, box: Any) -> str:
    if box is None:
        return ""
    return str(unseal_for_case(case.pk, box, context=f"message:{message_id}"))
