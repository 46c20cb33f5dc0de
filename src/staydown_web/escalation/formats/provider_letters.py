"""The letter to a provider: paragraphs in the recipient's language, from data and facts alone."""

from __future__ import annotations

from staydown_web.escalation.formats import clean
from staydown_web.escalation.formats.least import Given
from staydown_web.escalation.formats.letters import Letter, letter, moment

_WORDS = ("number", "recipient", "org", "contact_name", "domain")


class ProviderLetter:
    """One report's letter.

    Attributes:
        subject: of the mail.
        shared: paragraphs and labels of all letters, in the same language.
    """

    def __init__(self, facts: Given) -> None:
        self._facts = facts
        values = _values(facts)
        self.shared = letter("shared", facts.language, values)
        self._own = letter(facts.role, facts.language, values)
        self.subject = clean.line(self._own.say("subject"))

    def paragraphs(self, *extra: str) -> list[str]:
        """All of the letter, greeting to signature.

        Args:
            extra: names of shared texts that a format adds before the signature: ``attached``.
        """
        return [
            self._own.say("greeting"),
            *self._case(),
            *self._asked(),
            *self._handling(),
            *[self.shared.say(name) for name in extra],
            self._signature(),
        ]

    def description(self) -> list[str]:
        """What a form's field for free text gets: no greeting, no links, no signature."""
        return [*self._case(with_links=False), *self._asked(), *self._handling()]

    def links(self) -> list[str]:
        """The links as this recipient gets them."""
        return [clean.link(url) for url in self._facts.named_links]

    def _case(self, *, with_links: bool = True) -> list[str]:
        shared, facts = self.shared, self._facts
        said = [shared.say("opening"), self._own.say("role"), shared.say("what")]
        if facts.is_synthetic:
            said.append(shared.say("synthetic"))
        if with_links:
            said += self._named()
        if facts.has("source_identifier") and facts.source_identifier:
            said.append(shared.say("customer"))
        if facts.has("accounts") and facts.accounts:
            said.append(shared.say("accounts"))
        if facts.found_by:
            said.append(shared.say("found"))
        return [*said, shared.say("history")]

    def _named(self) -> list[str]:
        links = self.links()
        if not links:
            return [self.shared.say("links_kept")]
        name = "links" if self._facts.has("links") else "examples"
        return ["\n".join([self.shared.say(name, count=str(len(links))), *links])]

    def _asked(self) -> list[str]:
        own = self._own
        asked = own.say("ask_domain" if self._facts.targets_domain else "ask_links")
        return [asked, *([own.say("rules")] if own.has("rules") else []), self.shared.say("nature")]

    def _handling(self) -> list[str]:
        hand_on = "hand_on" if self._facts.may_hand_on else "keep_back"
        return [self.shared.say(k) for k in (hand_on, "nobody", "no_images", "answer", "appeal")]

    def _signature(self) -> str:
        facts = self._facts
        rows = [self.shared.say("closing"), clean.line(facts.contact_name), clean.line(facts.org)]
        rows.append(clean.email_address(facts.contact_email))
        if facts.has("postal"):
            rows.append(clean.line(facts.postal))
        return "\n".join(row for row in [*rows, self.shared.say("number")] if row)


def form_rows(written: ProviderLetter, facts: Given) -> list[tuple[str, str]]:
    """What to paste into a provider's form, field by field; empty ones are left out."""
    shared: Letter = written.shared
    rows = [
        ("label_subject", written.subject),
        ("label_name", clean.line(facts.contact_name)),
        ("label_org", clean.line(facts.org)),
        ("label_email", clean.email_address(facts.contact_email)),
        ("label_reply", clean.email_address(facts.reply_address)),
        ("label_domain", clean.ascii_domain(facts.domain)),
        ("label_links", "\n".join(written.links())),
        ("label_customer", _customer(facts)),
        ("label_accounts", _accounts(facts)),
        ("label_number", f"{clean.line(facts.number)} {facts.report_id}"),
        ("label_text", "\n\n".join(written.description())),
    ]
    return [(shared.say(label), value) for label, value in rows if value]


def _values(facts: Given) -> dict[str, str]:
    """Placeholder -> text, for what this recipient may have and nothing else."""
    values = {name: clean.line(getattr(facts, name)) for name in _WORDS}
    values |= {
        "domain": clean.ascii_domain(facts.domain),
        "report_id": str(facts.report_id),
        "total": str(facts.total),
        "found_by": "; ".join(clean.line(found) for found in facts.found_by),
        "reply_address": clean.email_address(facts.reply_address),
        "appeal_email": clean.email_address(facts.appeal_email),
        "source_identifier": _customer(facts),
        "accounts": _accounts(facts),
    }
    values |= {
        name: moment(getattr(facts, name), facts.language)
        for name in ("told_at", "deadline_at", "seen_at")
    }
    return values


def _customer(facts: Given) -> str:
    return clean.line(facts.source_identifier) if facts.has("source_identifier") else ""


def _accounts(facts: Given) -> str:
    if not facts.has("accounts"):
        return ""
    return clean.line(", ".join(clean.line(account) for account in facts.accounts), longest=1000)
