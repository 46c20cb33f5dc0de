"""Letters through a real mail server on this machine, which also refuses, stalls and breaks."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from django.conf import settings as django_settings

from staydown_web.base.errors import ConfigError, FetchError, FetchRefusedError
from staydown_web.base.letters import TEMPLATES
from staydown_web.base.mailing import clean_address, is_ready, send_neutral
from web_servers import certificate

LINKS = {
    "link": "http://127.0.0.1:8000/contact/t0ken",
    "refuse_link": "http://127.0.0.1:8000/contact/t0ken/no",
}
TO = "ada@forum.example"


class Postbox:
    """A mail server's mind: what it took, and how it answers."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.to: list[str] = []
        self.greeted: list[str] = []
        self.was_tls: list[bool] = []
        self.at_recipient = "250 OK"
        self.at_data = "250 OK"

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.greeted.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.letters.append(message_from_bytes(envelope.content or b"", policy=default))
        self.to += envelope.rcpt_tos
        self.was_tls.append(session.ssl is not None)
        return self.at_data


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def started(settings, postbox: Postbox) -> Iterator[Callable[..., Controller]]:
    """Starts a mail server and points the settings at it."""
    running: list[Controller] = []

    def start(**options) -> Controller:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = Controller(postbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        point(settings, port)
        return controller

    yield start
    for controller in running:
        controller.stop()


def point(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "staydown_web.base.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 3
    settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "mail@staydown.example"


def send(**more) -> None:
    values = {"to": TO, "template": "confirm_contact", "language": "en", "context": LINKS}
    send_neutral(**{**values, **more})


def test_a_letter_arrives_in_plain_text_with_its_links(started, postbox: Postbox) -> None:
    started()
    send()
    letter = postbox.letters[0]
    assert postbox.to == [TO]
    assert (letter["to"], letter["from"]) == (TO, "mail@staydown.example")
    assert letter.get_content_type() == "text/plain"
    text = letter.get_content()  # type: ignore[attr-defined]
    assert all(link in text for link in LINKS.values())
    assert letter["auto-submitted"] == "auto-generated"


def test_a_letter_tells_nothing_of_this_machine(started, postbox: Postbox) -> None:
    started()
    send()
    letter = postbox.letters[0]
    assert str(letter["message-id"]).endswith("@staydown.example>")
    assert postbox.greeted == ["staydown.example"]
    assert socket.gethostname() not in letter.as_string()


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("language", [code for code, _ in django_settings.LANGUAGES])
def test_every_letter_is_neutral_in_every_language(
    started, postbox: Postbox, name: str, language: str
) -> None:
    started()
    template = TEMPLATES[name]
    values = {link: LINKS["link"] + "/" + link for link in template.links}
    send(template=name, language=language, context=values | dict.fromkeys(template.words, "3 Dec"))
    letter = postbox.letters[0]
    text = (letter["subject"] + letter.get_content()).lower()  # type: ignore[attr-defined]
    assert "%(" not in text
    told = ["staydown", "intim", "nud", "sex", "image", "picture", "bild", "foto", "photo", "video"]
    assert not [word for word in told if word in text.replace("@staydown.example", "")]


def test_an_unknown_language_is_written_in_english(started, postbox: Postbox) -> None:
    started()
    send(language="xx")
    assert postbox.letters[0]["subject"] == "Please confirm this address"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "ada@",
        "@forum.example",
        "ada@forum.example\nBcc: all@forum.example",
        "ada@forum.example\r\n\r\nHello",
        "ada@forum.example, bob@forum.example",
        "ada@forum.example;bob@forum.example",
        "Ada <ada@forum.example>",
        '"a b"@forum.example',
        "a" * 300 + "@forum.example",
        "ada@forum.example\x00",
        "ada@forum.example\u2028",
    ],
)
def test_what_is_not_one_address_is_refused_and_never_shown(started, postbox, to: str) -> None:
    started()
    with pytest.raises(FetchRefusedError) as caught:
        send(to=to)
    assert "forum" not in str(caught.value)
    assert postbox.letters == []


def test_an_address_in_another_script_is_taken(started, postbox: Postbox) -> None:
    started()
    send(to="ada@bücher.example")
    assert postbox.to == ["ada@xn--bcher-kva.example"]
    assert clean_address(" ada@forum.example ") == TO


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"link": LINKS["link"]},
        {**LINKS, "more": "x"},
        {**LINKS, "link": "http://elsewhere.example/contact"},
        {**LINKS, "link": "http://127.0.0.1:8000.elsewhere.example/"},
        {**LINKS, "link": "http://user@127.0.0.1:8000/"},
        {**LINKS, "link": "http://127.0.0.1:8000/\nBcc: all@forum.example"},
        {**LINKS, "link": "http://127.0.0.1:8000/ he knows"},
    ],
)
def test_nobody_can_put_words_or_links_of_theirs_into_a_letter(started, postbox, context) -> None:
    started()
    with pytest.raises(ConfigError):
        send(context=context)
    assert postbox.letters == []


@pytest.mark.parametrize("day", ["", "a" * 41, "3 Dec\nBcc: x", "<b>", "http://x.example?a"])
def test_a_word_in_a_subject_is_a_word(started, postbox: Postbox, day: str) -> None:
    started()
    context = {"link": LINKS["link"], "day": day}
    with pytest.raises(ConfigError):
        send(template="withdrawal_pending", context=context)
    assert postbox.letters == []


def test_an_unknown_letter_is_a_defect() -> None:
    with pytest.raises(ConfigError):
        send(template="advertisement")


@pytest.mark.parametrize(
    ("answer", "is_retryable"),
    [("450 Greylisted, try again", True), ("451 Later", True), ("550 No such user", False)],
)
@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
def test_later_is_later_and_never_is_never(
    started, postbox: Postbox, where: str, answer: str, is_retryable: bool
) -> None:
    started()
    setattr(postbox, where, answer)
    with pytest.raises(FetchError) as caught:
        send()
    assert caught.value.retryable is is_retryable
    assert TO not in str(caught.value)
    assert TO not in repr(caught.value.__context__) or caught.value.__suppress_context__


def test_a_letter_that_was_greylisted_passes_the_next_time(started, postbox: Postbox) -> None:
    started()
    postbox.at_recipient = "450 Greylisted"
    with pytest.raises(FetchError):
        send()
    postbox.at_recipient = "250 OK"
    send()
    assert postbox.to == [TO]


def test_a_dead_server_is_an_error_that_can_pass(settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    point(settings, port)
    with pytest.raises(FetchError) as caught:
        send()
    assert caught.value.retryable


def test_a_server_that_says_nothing_is_left(settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        point(settings, listener.getsockname()[1])
        settings.EMAIL_TIMEOUT = 0.3
        with pytest.raises(FetchError):
            send()


def test_without_a_server_no_letter_leaves(settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "staydown_web.base.smtp.SmtpBackend", ""
    settings.STAYDOWN_MAIL_READY = False
    assert not is_ready()
    with pytest.raises(FetchError, match="STAYDOWN_MAIL_URL"):
        send()


class Doorkeeper:
    """Takes one user name and password."""

    def __call__(self, server, session, envelope, mechanism, data) -> AuthResult:
        is_known = (data.login, data.password) == (b"user", b"secret")
        return AuthResult(success=is_known, handled=False)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch) -> ssl.SSLContext:
    public, server = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    return server


def test_a_password_goes_through_tls(started, postbox: Postbox, settings, tls) -> None:
    started(tls_context=tls, authenticator=Doorkeeper(), auth_required=True)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "secret"
    send()
    assert postbox.was_tls == [True]
    settings.EMAIL_HOST_PASSWORD = "wrong"
    with pytest.raises(FetchError, match="password") as caught:
        send()
    assert "wrong" not in str(caught.value)


def test_a_certificate_that_does_not_hold_stops_the_password(
    started, postbox: Postbox, settings, tls, monkeypatch
) -> None:
    started(tls_context=tls, authenticator=Doorkeeper())
    monkeypatch.delenv("SSL_CERT_FILE")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "secret"
    with pytest.raises(FetchError, match="certificate"):
        send()
    assert postbox.letters == []


def test_a_password_never_goes_beyond_this_machine_without_tls(
    started, postbox: Postbox, settings, monkeypatch
) -> None:
    started(authenticator=Doorkeeper(), auth_require_tls=False)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "secret"
    # This machine counts as another one here: nothing else in reach of a test is.
    monkeypatch.setattr("staydown_web.base.smtp._LOOPBACK", ("nowhere",))
    with pytest.raises(FetchError):
        send()
    assert postbox.letters == []


def test_tls_from_the_start(started, postbox: Postbox, settings, tls) -> None:
    started(ssl_context=tls)
    settings.EMAIL_USE_SSL = True
    send()
    assert len(postbox.letters) == 1
    settings.EMAIL_USE_SSL = False
    with pytest.raises(FetchError):
        send()
