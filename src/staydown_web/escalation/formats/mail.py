r"""One e-mail message as text: headers that nobody can break out of, bodies that survive transport.

The text is ASCII throughout, with ``\n`` line ends and no line of more than 998 characters. There
is no ``Date``, which is set when it leaves, and no ``Auto-Submitted``, for people signed it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import MIMEPart
from email.policy import EmailPolicy
from uuid import UUID

from staydown_web.escalation.formats import clean

LONGEST_LINE = 998
"""Characters between two line ends. Source: RFC 5322, section 2.1.1."""
_WIDTH = 76
_PLACE = "subject-comes-here"
_POLICY = EmailPolicy(linesep="\n", max_line_length=78, cte_type="7bit", raise_on_defect=True)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Headers of one message.

    Attributes:
        report_id: gives the message its id, so that one sent twice is the same message.
        from_name, from_email: the sender; the message's id is of the address's domain.
        to_name, to_email: the recipient; without an address there is no line ``To``.
        reply_to: where answers go.
        subject: as it is shown.
        language: of the text.
    """

    report_id: UUID
    from_name: str
    from_email: str
    to_name: str
    to_email: str
    reply_to: str
    subject: str
    language: str


def message(
    envelope: Envelope, text: str, parts: Sequence[MIMEPart] = (), *, report_type: str = ""
) -> str:
    """The whole message.

    Args:
        envelope: its headers.
        text: for people; the first part.
        parts: what follows the text.
        report_type: makes it a ``multipart/report`` of this type.

    Raises:
        ReportUnfitError: an address that cannot stand in a header.
    """
    mail = MIMEPart(policy=_POLICY)
    _put_headers(mail, envelope)
    if parts:
        mail["Content-Type"] = _multipart(envelope, report_type)
        mail.attach(_text_part(text))
        for part in parts:
            mail.attach(part)
    else:
        _put_text(mail, text)
    mail["Content-Language"] = envelope.language
    return mail.as_string().replace(f"Subject: {_PLACE}\n", _subject(envelope.subject), 1)


def json_part(body: str, file_name: str) -> MIMEPart:
    """An attachment of JSON, readable as it is wherever its lines allow it."""
    part = _text_part(body)
    part.replace_header("Content-Type", f'application/json; charset="utf-8"; name="{file_name}"')
    part["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return part


def lines_part(media_type: str, rows: Sequence[tuple[str, str]]) -> MIMEPart:
    """A part of ``Name: value`` lines, in ASCII; a value that is too long for a line is left out.

    Such a part may not be encoded (RFC 5965 and RFC 3462 want 7bit), so what does not fit is in
    the text for people alone.
    """
    part = MIMEPart(policy=_POLICY)
    part["Content-Type"] = media_type
    part["Content-Transfer-Encoding"] = "7bit"
    written = [f"{name}: {value}" for name, value in rows]
    part.set_payload(
        "\n".join(row for row in written if row.isascii() and len(row) <= LONGEST_LINE) + "\n"
    )
    return part


def wrapped(paragraphs: Sequence[str]) -> str:
    """Paragraphs as plain text: an empty line between, rows of at most 76 characters.

    A paragraph that holds line ends keeps its lines as they are: lists of links, signatures.
    """
    shown = [
        one if "\n" in one or one.startswith(("http://", "https://")) else _filled(one)
        for one in paragraphs
    ]
    return "\n\n".join(shown) + "\n"


def _filled(paragraph: str) -> str:
    # An address is never cut: a row that holds a long one is longer.
    return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _put_headers(mail: MIMEPart, envelope: Envelope) -> None:
    sender = clean.email_address(envelope.from_email)
    mail["From"] = _address(envelope.from_name, sender)
    if envelope.to_email:
        mail["To"] = _address(envelope.to_name, clean.email_address(envelope.to_email))
    if envelope.reply_to:
        mail["Reply-To"] = _address("", clean.email_address(envelope.reply_to))
    mail["Subject"] = _PLACE
    mail["Message-ID"] = f"<{envelope.report_id}@{sender.rpartition('@')[2]}>"
    mail["MIME-Version"] = "1.0"


def _subject(text: str) -> str:
    # The policy's own folding of long lines puts a space before some of them.
    shown = clean.line(text)
    charset = "us-ascii" if shown.isascii() else "utf-8"
    folded = Header(shown, charset, maxlinelen=_WIDTH, header_name="Subject").encode(linesep="\n")
    return f"Subject: {folded}\n"


def _address(name: str, address: str) -> Address:
    return Address(display_name=clean.line(name, longest=120), addr_spec=address)


def _put_text(part: MIMEPart, text: str) -> None:
    is_plain = text.isascii() and all(len(row) <= LONGEST_LINE for row in text.split("\n"))
    part.set_content(text, charset="utf-8", cte="7bit" if is_plain else "quoted-printable")


def _text_part(text: str) -> MIMEPart:
    part = MIMEPart(policy=_POLICY)
    _put_text(part, text)
    return part


def _multipart(envelope: Envelope, report_type: str) -> str:
    # "=_" occurs in no encoded text (RFC 2045), and the id in none that was not written by us.
    boundary = f'boundary="=_{envelope.report_id.hex}"'
    if report_type:
        return f"multipart/report; report-type={report_type}; {boundary}"
    return f"multipart/mixed; {boundary}"
