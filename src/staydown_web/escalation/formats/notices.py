"""First notices to sites, and requests to search engines: letters to send or to paste.

Here alone a report may hold something of the person: what ``NoticeFacts`` gives is in it, and
``Composed.shown`` names it. Without a name the sender signs for the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from staydown_web.base.errors import ReportUnfitError
from staydown_web.escalation.formats import clean, mail
from staydown_web.escalation.formats.facts import Composed, NoticeFacts
from staydown_web.escalation.formats.letters import Letter, language_of, letter
from staydown_web.regimes.selectors import regime
from staydown_web.regimes.selectors.texts import signing_text

MOST_LINKS = 250
KINDS: Final = ("site", "search")
_SIGNERS: Final = ("self", "representative")


def compose_notice(
    *,
    format: str,  # noqa: A002 # the word of the record
    facts: NoticeFacts,
    kind: str = "site",
    law_texts: Mapping[str, str] | None = None,
) -> Composed:
    """What leaves for a site or a search engine, exactly; the same facts give the same bytes.

    Args:
        format: ``mail`` or ``form_letter``.
        facts: what may be said.
        kind: ``site`` for a first notice, ``search`` for removal from results.
        law_texts: id of a law to the words that are signed under it; the regime's own texts where
            it is left out.

    Raises:
        ReportUnfitError: another format, no links or too many, an address that is none.
        RecordNotFoundError: a law that no file has.
    """
    if kind not in KINDS or format not in {"mail", "form_letter"}:
        raise ReportUnfitError(
            "a notice is a letter: to a site or a search engine, by mail or form"
        )
    if not 1 <= len(facts.urls) <= MOST_LINKS:
        raise ReportUnfitError(f"a notice names 1 to {MOST_LINKS} links; make several")
    notice = _Notice(facts, kind, law_texts)
    return notice.as_mail() if format == "mail" else notice.as_form()


class _Notice:
    def __init__(self, facts: NoticeFacts, kind: str, law_texts: Mapping[str, str] | None) -> None:
        self._facts = facts
        self._kind = kind
        self._language = language_of(facts.language)
        self._name = clean.line(facts.signed_name)
        self._links = [clean.link(url) for url in facts.urls]
        if facts.acts_as not in _SIGNERS:
            raise ReportUnfitError("a notice is signed by the person or by someone for them")
        # Who signs: the person, someone for them, or the sender.
        self._signer = facts.acts_as if self._name else "org"
        self._given = law_texts
        values = _values(facts, self._name, len(self._links))
        self._own: Letter = letter(kind, self._language, values)
        self._laws: Letter = letter("laws", self._language, {})
        self._labels: Letter = letter("shared", self._language, values)
        self._notice_labels: Letter = letter("notice", self._language, values)
        self._subject = clean.line(self._own.say("subject"))

    def as_mail(self) -> Composed:
        """A message to send."""
        facts = self._facts
        envelope = mail.Envelope(
            report_id=facts.report_id,
            from_name=facts.sender.org,
            from_email=facts.sender.contact_email,
            to_name=facts.recipient,
            to_email=facts.address,
            reply_to=facts.reply_email,
            subject=f"{self._subject} ({facts.report_id})",
            language=self._language,
        )
        body = mail.message(envelope, mail.wrapped(self._paragraphs()))
        return Composed(
            format="mail",
            body=body,
            media_type="message/rfc822",
            subject=clean.line(envelope.subject),
            shown=self._shown(),
        )

    def as_form(self) -> Composed:
        """A letter to paste, whole and field by field."""
        return Composed(
            format="form_letter",
            body="\n\n".join(self._paragraphs()) + "\n",
            media_type="text/plain",
            shown=self._shown(),
            fields=tuple(self._rows()),
        )

    def _paragraphs(self) -> list[str]:
        own = self._own
        return [
            own.say("greeting"),
            *self._case(),
            "\n".join([own.say("links"), *self._links]),
            *self._declared(),
            *self._statement(),
            *[own.say(name) for name in ("copies", "care", "no_images", "answer", "appeal")],
            own.say(f"signed_{self._signer}"),
            own.say("contact"),
            own.say("number"),
        ]

    def _case(self) -> list[str]:
        said = [self._own.say(f"opening_{self._signer}"), self._own.say("what")]
        return [*said, *([self._own.say("synthetic")] if self._facts.is_synthetic else [])]

    def _declared(self) -> list[str]:
        """What is declared, with the law that each declaration is for."""
        words = [self._own.say(self._declaration())] if self._kind == "search" else []
        for law in self._facts.regimes:
            if self._laws.has(f"{law}_{self._kind}"):
                words += [self._laws.say(f"{law}_title"), self._laws.say(f"{law}_{self._kind}")]
            if self._kind == "site":
                words += self._signed_under(law)
        return words

    def _declaration(self) -> str:
        return "declaration_self" if self._signer == "self" else "declaration_representative"

    def _signed_under(self, law: str) -> list[str]:
        """The words of the regime's own file: what the sender signs, it signs for the person."""
        acts_as = "self" if self._signer == "self" else "representative"
        if self._given is not None and law in self._given:
            return clean.paragraphs(self._given[law])
        return clean.paragraphs(signing_text(regime(law), self._language, acts_as))

    def _statement(self) -> list[str]:
        said = clean.paragraphs(self._facts.statement)
        if not said:
            return []
        label = "statement_org" if self._signer == "org" else "statement"
        return [self._own.say(label), *said]

    def _shown(self) -> tuple[str, ...]:
        held = {"signed_name": self._name, "statement": self._statement()}
        return tuple(name for name, value in held.items() if value)

    def _rows(self) -> list[tuple[str, str]]:
        facts, sender = self._facts, self._facts.sender
        titles = [
            self._laws.say(f"{law}_title")
            for law in facts.regimes
            if self._laws.has(f"{law}_{self._kind}")
        ]
        rows = [
            ("label_subject", self._subject),
            ("label_name", self._name or clean.line(sender.contact_name)),
            ("label_org", clean.line(sender.org)),
            ("label_email", clean.email_address(facts.reply_email)),
            ("label_links", "\n".join(self._links)),
            ("label_law", "; ".join(titles)),
            ("label_text", "\n\n".join([*self._case(), self._own.say("no_images")])),
            ("label_declaration", "\n\n".join(self._declared())),
            ("label_statement", "\n\n".join(clean.paragraphs(facts.statement))),
            ("label_signature", self._own.say(f"signed_{self._signer}")),
            ("label_number", str(facts.report_id)),
        ]
        return [(self._label(name), value) for name, value in rows if value]

    def _label(self, name: str) -> str:
        own = self._notice_labels
        return own.say(name) if own.has(name) else self._labels.say(name)


def _values(facts: NoticeFacts, name: str, total: int) -> dict[str, str]:
    sender = facts.sender
    return {
        "recipient": clean.line(facts.recipient),
        "org": clean.line(sender.org),
        "contact_name": clean.line(sender.contact_name),
        "appeal_email": clean.email_address(sender.appeal_email),
        "domain": clean.ascii_domain(facts.domain),
        "reply_email": clean.email_address(facts.reply_email),
        "report_id": str(facts.report_id),
        "signed_name": name,
        "total": str(total),
    }
