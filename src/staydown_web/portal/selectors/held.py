"""Everything that is held about a person's case: as a page to read, and as a file to take along.

What the page of the case hides for her safety is left out here too: who else is to be written to,
and what a coerced reader must not learn. A case that is shown as taken back shows no more here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.actions.selectors import CaseRemovals
from staydown_web.audit.models import Event
from staydown_web.audit.selectors import case_events
from staydown_web.banks.models import Entry
from staydown_web.banks.selectors import fingerprint_of
from staydown_web.base.mailing import is_ready as mail_is_ready
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Claim, Contact, Item, Message
from staydown_web.cases.selectors import LocationRow, PersonView, case_details
from staydown_web.cases.selectors.helplines import helplines_of
from staydown_web.cases.selectors.signatures import signatures_of
from staydown_web.portal.selectors.addresses import kept_words
from staydown_web.portal.selectors.case_page import item_names, rows_of
from staydown_web.portal.selectors.file_sizes import size_in_words
from staydown_web.portal.selectors.held_facts import Fact, Section
from staydown_web.portal.selectors.helplines import language_name
from staydown_web.portal.selectors.let_go import state_of
from staydown_web.portal.selectors.limits import law_of_time
from staydown_web.portal.selectors.partners import partners_of
from staydown_web.portal.selectors.providers import providers_of
from staydown_web.portal.selectors.story import Chapter
from staydown_web.regimes.selectors import act_by_words
from staydown_web.review.models import Complaint
from staydown_web.review.selectors.complaints import answer_to

FORMAT = 1
_OF_REVIEWER: Final[Mapping[str, Any]] = {
    "case_viewed": gettext_lazy("A reviewer opened your case"),
    "contact_viewed": gettext_lazy("A reviewer looked at how to reach you"),
    "signatures_viewed": gettext_lazy("A reviewer looked at what you signed"),
    "complaint_viewed": gettext_lazy("A reviewer opened the page of your complaint"),
    "complaint_opened": gettext_lazy("A reviewer read your complaint"),
}
_OF_HELPLINE: Final[Mapping[str, Any]] = {
    "case_viewed": gettext_lazy("Your helpline opened your case"),
    "contact_viewed": gettext_lazy("Your helpline looked at how to reach you"),
}
_LOOKS: Final = (*_OF_REVIEWER, "export_made")


def held_of(
    case: Case, view: PersonView, story: Iterable[Chapter], removals: CaseRemovals
) -> list[Section]:
    """What is held, in the language that is active; sections without entries are left out.

    Args:
        case: that is open.
        view: what its page may show.
        story: what happened, as its page tells it.
        removals: what came of what was to be removed.
    """
    sections = [_case(case, view)]
    if not view.is_erased and view.state != Case.State.WITHDRAWN:
        sections += [
            _you(case),
            _signed(case),
            _items(view, removals),
            _places(view, removals),
            _messages(view),
            _complaints(case),
            _helplines(case),
            _fingerprints(case),
            _providers(case),
            _partners(case),
            _looks(case),
        ]
    elif view.is_erased:  # what a reviewer confirmed stays blocked, until she takes it back
        sections.append(_fingerprints(case))
    sections.append(_story(story))
    return [section for section in sections if section.entries]


def as_file(sections: Iterable[Section], *, now: datetime) -> dict[str, Any]:
    """The same as plain JSON values."""
    held = {
        section.key: [{fact.key: _plain(fact.value) for fact in entry} for entry in section.entries]
        for section in sections
    }
    return {"format": FORMAT, "made_at": _plain(now), **held}


def fingerprints_of(case: Case, *, now: datetime) -> Iterator[dict[str, Any]]:
    """The fingerprints themselves; that they were read is in the audit.

    Only those that her own device made, and that she still claims.
    """
    for item in case.items.order_by("position"):
        if item.waiting_box is not None:
            rows = unseal_for_case(case.pk, item.waiting_box, context=f"item:{item.pk}")
            yield from ({"item": item.position, "fingerprint": row} for row in rows)
    for claim in _claims(case):
        if claim.entry.box is not None:
            made = fingerprint_of(claim.entry, actor="person", now=now)
            yield {"item": claim.item.position, "fingerprint": made.to_dict()}


def _claims(case: Case) -> Iterable[Claim]:
    claims = Claim.objects.filter(item__case=case, ended_at=None)
    return claims.select_related("item", "entry").order_by("item__position", "made_at")


def _case(case: Case, view: PersonView) -> Section:
    platform = case.platform.name if case.platform else ""
    # That the other side complained is not hers to know: ADR-0054.
    state = Case.State.DECIDED if view.state == Case.State.APPEALED else Case.State(view.state)
    return Section(
        "case",
        _("Your case"),
        [
            [
                Fact("number", _("Number"), view.number),
                Fact("platform", _("Sent to"), platform),
                Fact("state", _("State"), str(state), _state_words(state)),
                Fact("language", _("Language"), case.language, language_name(case.language)),
                Fact("filed_at", _("Sent"), view.filed_at),
                Fact("complete_at", _("Complete since"), view.valid_at),
                Fact("due_at", act_by_words(law_of_time(view.clocks, view.due_at)), view.due_at),
                Fact("expires_at", _("Watched until"), view.expires_at),
            ]
        ],
    )


def _state_words(state: Case.State) -> str:
    """As her page says it: a lawyer's "valid" is a notice in which nothing is missing."""
    return _("Complete") if state == Case.State.VALID else str(state.label)


def _you(case: Case) -> Section:
    details = case_details(case)
    contact = case.contacts.filter(role=Contact.Role.NOTIFIER, box__isnull=False).first()
    state = _state_of_contact(contact) if contact else ""
    facts = [
        Fact("name", _("Name"), details.name),
        Fact("email", _("E-mail"), details.email),
        Fact("email_state", _("State of the address"), state),
        Fact("phone", _("Telephone"), details.phone),
        Fact(
            "acts_as",
            _("Who asks"),
            details.acts_as,
            str(Case.ActsAs(details.acts_as).label),
        ),
        Fact("authority", _("Your right to act for the person shown"), details.authority),
        Fact("statement", _("What you wrote"), details.statement),
        Fact("place", _("Where it is, in your words"), details.place),
    ]
    return Section("you", _("What you told us about yourself"), [facts])


def _state_of_contact(contact: Contact) -> str:
    if contact.state == Contact.State.NEW and not mail_is_ready():
        return _("Nobody writes to it: this service sends no e-mail")
    return str(Contact.State(contact.state).label)


def _signed(case: Case) -> Section:
    entries = [
        [
            Fact("law", _("Law"), one.law),
            Fact("version", _("Version"), one.version),
            Fact("signed_at", _("Signed"), one.signed_at),
            Fact("text", _("The text"), one.paragraphs),
            Fact("name", _("Signature"), one.typed),
            Fact("declared", _("What you ticked"), one.ticked),
            Fact("digest", _("Checksum of the text"), one.digest),
        ]
        for one in signatures_of(case)
    ]
    return Section("signed", _("What you signed"), entries)


def _items(view: PersonView, removals: CaseRemovals) -> Section:
    """Her items, in the words of her page; programs read the codes."""
    rows = rows_of(view, item_names(view.items), removals)
    entries = [
        [
            Fact("position", _("Number"), item.position),
            Fact("kind", _("Kind"), item.content_kind, _kind(item.content_kind)),
            Fact("state", _("State"), state_of(item, view, removals)[0], row.chip.words),
            Fact("added_at", _("Added"), item.added_at),
            Fact("files", _("Files"), [_label(label) for label in item.labels]),
        ]
        for item, row in zip(view.items, rows, strict=True)
    ]
    return Section("items", _("Your items"), entries)


def _label(label: Any) -> str:
    parts = [label.name or _("no name")]
    if label.size_bytes:
        parts.append(size_in_words(label.size_bytes))
    if label.modified_on:
        parts.append(date_format(label.modified_on, "DATE_FORMAT"))
    return ", ".join(parts)


def _kind(kind: str) -> str:
    return str(Entry.ContentKind(kind).label) if kind else ""


def _places(view: PersonView, removals: CaseRemovals) -> Section:
    entries = [_place(one, view, removals) for one in view.locations]
    return Section("places", _("Addresses that you gave"), entries)


def _place(row: LocationRow, view: PersonView, removals: CaseRemovals) -> list[Fact]:
    *state, since = removals.standing_at(row, view)
    why = kept_words(row, view) if state[0] == Item.State.KEPT else ""
    return [
        Fact("address", _("Address"), row.url),
        Fact("platform", _("Website"), row.platform),
        Fact("state", _("State"), *state),
        Fact("state_at", _("Since"), since),
        Fact("why", _("Why"), why),
    ]


def _messages(view: PersonView) -> Section:
    entries = [
        [
            Fact("from", _("From"), _sender(one.sender)),
            Fact("at", _("Sent"), one.at),
            Fact("text", _("Text"), one.text),
            Fact("read_at", _("Read"), one.read_at),
        ]
        for one in view.messages
    ]
    return Section("messages", _("Messages"), entries)


def _sender(sender: str) -> str:
    match sender:
        case Message.Sender.PERSON:
            return _("You")
        case Message.Sender.HELPLINE:
            return _("Your helpline")
        case _:
            return _("The reviewer")


def _complaints(case: Case) -> Section:
    entries = []
    for one in Complaint.objects.filter(case=case).order_by("made_at"):
        text = ""
        if one.box is not None:
            text = str(unseal_for_case(case.pk, one.box, context=f"complaint:{one.pk}"))
        facts = [Fact("at", _("Sent"), one.made_at), Fact("text", _("Text"), text)]
        if one.state == Complaint.State.SETTLED:
            outcome = str(Complaint.Outcome(one.outcome).label)
            facts += [
                Fact("settled_at", _("When"), one.settled_at),
                Fact("outcome", _("What came of it"), one.outcome, outcome),
                Fact("answer", _("What the reviewer wrote"), answer_to(one).text),
            ]
        entries.append(facts)
    return Section("complaints", _("Your complaints"), entries)


def _helplines(case: Case) -> Section:
    entries = [
        [
            Fact("name", _("Helpline"), one.name),
            Fact("has_begun", _("Works on your case"), one.is_taken),
            Fact("since", _("Since"), one.since),
        ]
        for one in helplines_of(case)
    ]
    return Section("helplines", _("Someone who helps you"), entries)


def _fingerprints(case: Case) -> Section:
    entries = [
        [
            Fact("item", _("Item"), claim.item.position),
            Fact("made_at", _("Kept since"), claim.made_at),
            Fact("kind", _("Kind"), claim.entry.content_kind, _kind(claim.entry.content_kind)),
        ]
        for claim in _claims(case)
    ]
    return Section("fingerprints", _("Fingerprints that we keep for you"), entries)


def _partners(case: Case) -> Section:
    """Who else was told of her fingerprints: the recipients that she may ask about."""
    entries = [
        [
            Fact("partner", _("Name"), one.partner),
            Fact("told", _("What they were told"), one.words),
            Fact("at", _("When"), one.at),
        ]
        for one in partners_of(case).told
    ]
    return Section("partners", _("Other websites and lists"), entries)


def _providers(case: Case) -> Section:
    """Who was written to about her links: the recipients that she may ask about."""
    entries = [
        [
            Fact("to", _("To"), one.to),
            Fact("why", _("Why"), one.why),
            Fact("state", _("State"), one.words),
            Fact("at", _("Since"), one.at),
        ]
        for one in providers_of(case).letters
    ]
    return Section("providers", _("Your links on other sites"), entries)


def _looks(case: Case) -> Section:
    """When somebody who works here looked. Reviewers stay without a name, as on her page."""
    entries = [
        [Fact("at", _("When"), event.at), Fact("what", _("What"), words)]
        for event in case_events(case_id=case.pk).filter(what__in=_LOOKS)
        if (words := _look(event))
    ]
    return Section("looks", _("Who looked at it"), entries, is_lines=True)


def _look(event: Event) -> str:
    """In words who looked; empty for what she did herself, and for what a court was given."""
    if event.what == "export_made":
        is_theirs = event.actor != "person" and "has_details" in event.facts
        return _("Your helpline saved a record of your case") if is_theirs else ""
    if event.facts.get("side") == Complaint.Side.UPLOADER:
        return ""  # that an uploader complained is not hers to know: ADR-0054
    is_helpline = event.subject.startswith("access:")
    return str((_OF_HELPLINE if is_helpline else _OF_REVIEWER)[event.what])


def _story(story: Iterable[Chapter]) -> Section:
    entries = [
        [Fact("at", _("When"), one.at), Fact("what", _("What"), one.what)]
        for one in story
        if one.at is not None and one.place != "ahead"
    ]
    return Section("story", _("What happened"), entries, is_lines=True)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        case list() | tuple():
            return [_plain(part) for part in value]
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)
