"""What a report may say: the only facts that ever reach a format.

``ReportFacts`` has no field for the person shown: what is not there cannot leak. ``NoticeFacts``,
for first notices alone, names each thing of hers by itself, and the composed letter says which of
them it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """In whose name it leaves: an organisation, never the person shown."""

    org: str
    contact_name: str
    contact_email: str
    domain: str
    appeal_email: str
    postal: str
    reply_address: str


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """A report to a provider.

    Attributes:
        report_id: the report's own id, UUID; also its id at the recipient.
        number: of the escalation, such as ``E-31``.
        sender: who writes.
        recipient: name of the provider.
        role: ``escalation.chain.Role`` value: what it does for the site.
        language: code of the language to write in.
        domain: the site's.
        urls: the links, 1 to 250, all on the site.
        targets_domain: it asks for a step against the domain itself, not only the links.
        source_identifier: address or name by which the recipient finds its customer: an IP address
            for hosts, the domain for registrars, an account for ads and payments.
        accounts: ids of accounts at an ad system or payment service.
        found_by: how it was found to serve the site, in plain words of the sources.
        told_at: when the site's notice was delivered, aware UTC.
        deadline_at: when the site's time was over.
        seen_at: when the links were last seen to be there.
        is_synthetic: the pictures are said to be made or altered.
        at: when the report is made.
        address: e-mail address that it goes to, for the line ``To`` of a mail; empty where it is
            not a mail.
        may_hand_on: the recipient may show the report to its customer; not where that is unsafe.
    """

    report_id: UUID
    number: str
    sender: SenderFacts
    recipient: str
    role: str
    language: str
    domain: str
    urls: tuple[str, ...]
    targets_domain: bool
    source_identifier: str
    accounts: tuple[str, ...]
    found_by: tuple[str, ...]
    told_at: datetime
    deadline_at: datetime
    seen_at: datetime
    is_synthetic: bool
    at: datetime
    address: str = ""
    may_hand_on: bool = True


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """A first notice to a site, or a delisting request to a search engine.

    Attributes:
        report_id, sender, recipient, language, domain, urls, at, address: as in ``ReportFacts``.
        regimes: ids of the laws that it is written under, such as ``us-tida``.
        acts_as: ``self`` or ``representative``.
        statement: her good-faith statement, empty where it is not to be given.
        signed_name: the name under it; empty where it is not to be given.
        reply_email: where the site answers: the sender's reply address for this report.
        is_synthetic: the pictures are said to be made or altered.
    """

    report_id: UUID
    sender: SenderFacts
    recipient: str
    language: str
    domain: str
    urls: tuple[str, ...]
    regimes: tuple[str, ...]
    acts_as: str
    statement: str
    signed_name: str
    reply_email: str
    is_synthetic: bool
    at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    r"""What leaves, exactly.

    Attributes:
        format: ``Report.Format`` value.
        body: the whole of it as text. For mail formats: the complete message with its headers and
            ``\n`` line ends, without ``Date``, which is set when it leaves. For interfaces: the
            JSON body. For forms: the letter to paste.
        media_type: of the body.
        subject: of a mail; empty otherwise.
        headers: of an HTTP call, without credentials.
        shown: names of what of the person is in it: ``signed_name``, ``statement``; empty for
            providers.
        fields: for forms: ``(label, value)`` rows to paste one by one.
    """

    format: str
    body: str
    media_type: str
    subject: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    shown: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def size_bytes(self) -> int:
        """Of the body."""
        return len(self.body.encode())
