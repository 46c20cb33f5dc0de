"""How letters leave: SMTP with verified TLS, errors that never hold an address."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage, sanitize_address

from staydown_web.base.errors import FetchError

_LOOPBACK = ("127.", "::1", "localhost")
_LONGEST_ANSWER = 200


class SmtpBackend(BaseEmailBackend):
    """One connection a letter: the outbox sends few, and a connection that idles is one to lose.

    A server beyond this machine gets TLS whenever it offers it, and credentials never go without.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each; gives how many.

        Raises:
            FetchError: the server is not set, does not answer, or does not take a letter.
        """
        for message in email_messages:
            self._send(message)
        return len(email_messages)

    def _send(self, message: EmailMessage) -> None:
        sender = sanitize_address(message.from_email, "utf-8")
        recipients = [sanitize_address(to, "utf-8") for to in message.recipients()]
        data: bytes = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg] # Django's own
        with _failing_in_our_words(), _connected() as server:
            server.sendmail(sender, recipients, data)


def send_bytes(*, sender: str, to: str, data: bytes) -> str:
    """Send one message exactly as it is: no header is added, none is changed.

    Args:
        sender: of the envelope, to which it comes back where it cannot be delivered.
        to: one recipient, checked by ``mailing.clean_address``.
        data: the whole message with CRLF line ends.

    Returns:
        What the server said when it took it, such as ``250 2.0.0 queued as 4F2``: printable, at
        most 200 characters.

    Raises:
        FetchError: the server is not set, does not answer, or does not take it. Where it breaks
            off after the last byte it may have taken it all the same; ``retryable`` is true then.
    """
    with _failing_in_our_words():
        server = _connected()
        try:
            said = _hand_over(server, sender, to, data)
            # It is taken. How the server says goodbye changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()
    return said


def _hand_over(server: smtplib.SMTP, sender: str, to: str, data: bytes) -> str:
    options = []
    if not data.isascii():
        if not server.has_extn("8bitmime"):
            raise FetchError("the mail server takes letters of ASCII alone", retryable=False)
        options.append("BODY=8BITMIME")
    _taken(server.mail(sender, options))
    _taken(server.rcpt(to))
    code, said = _taken(server.data(data))
    text = f"{code} {said.decode('ascii', 'replace')}"
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST_ANSWER]


def _taken(answer: tuple[int, bytes]) -> tuple[int, bytes]:
    code, said = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, said)
    return answer


@contextmanager
def _failing_in_our_words() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _refused(max(codes, default=500)) from None
    except smtplib.SMTPAuthenticationError:
        raise FetchError("the mail server does not take its user name or password") from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from None
    except ssl.SSLError:
        raise FetchError("no safe connection to the mail server; see its certificate") from None
    except (smtplib.SMTPException, OSError):
        raise FetchError("the mail server does not answer") from None


def _connected() -> smtplib.SMTP:
    if not settings.EMAIL_HOST:
        raise FetchError("no mail server is set: STAYDOWN_MAIL_URL")
    host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    # The greeting names the sender's domain: the machine's own name would need a look-up.
    name = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    tls = ssl.create_default_context()
    if settings.EMAIL_USE_SSL:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, local_hostname=name, timeout=timeout, context=tls
        )
    else:
        server = smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)
    try:
        _secure(server, tls)
    except BaseException:
        server.close()
        raise
    return server


def _secure(server: smtplib.SMTP, tls: ssl.SSLContext) -> None:
    server.ehlo()
    is_plain = not isinstance(server, smtplib.SMTP_SSL)
    is_near = settings.EMAIL_HOST.startswith(_LOOPBACK)
    has_user = bool(settings.EMAIL_HOST_USER)
    if is_plain and server.has_extn("starttls") and (has_user or not is_near):
        server.starttls(context=tls)
        server.ehlo()
        is_plain = False
    if has_user:
        if is_plain and not is_near:
            raise ssl.SSLError("the mail server offers no TLS for the password")
        server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)


def _refused(code: int) -> FetchError:
    """4xx: later, as greylisting asks. 5xx: never."""
    if 400 <= code < 500:
        return FetchError("the mail server asks to try again later")
    return FetchError("the mail server does not take this letter", retryable=False)
