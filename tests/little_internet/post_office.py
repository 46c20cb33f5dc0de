"""Mail in: a server that takes letters, asks to come later, refuses, and lets letters come back."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from little_internet.certificates import server_context
from little_internet.letters import bounce_of

GREYLISTED = "450 4.7.1 Greylisted, try again later"
NO_SUCH_USER = "550 5.1.1 No such user here"


@dataclass(frozen=True)
class Letter:
    """One letter that was taken: from the envelope, and byte for byte."""

    sender: str
    to: str
    raw: bytes
    was_tls: bool

    @property
    def message(self) -> EmailMessage:
        return cast("EmailMessage", message_from_bytes(self.raw, policy=policy.default))


@dataclass
class PostOffice:
    """A mail server in a thread of its own, on a free port of this machine.

    Attributes:
        letters: what it took, in order.
        refused: what it said no to: ``(address, answer)``.
        returned_to: where letters that come back later are put: bytes of a message.
    """

    returned_to: Callable[[bytes], object]
    letters: list[Letter] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self._answers: dict[str, list[str]] = {}
        self._at_data: list[str] = []
        self._come_back: dict[str, str] = {}
        with socket.create_server((self.host, 0)) as free:
            self.port = int(free.getsockname()[1])
        self._controller = Controller(
            _Mind(self),
            hostname=self.host,
            port=self.port,
            tls_context=server_context(self.host),
        )

    def refuse(self, address: str, answer: str = NO_SUCH_USER) -> None:
        """Say no to a recipient from now on; ``4xx`` asks to come later."""
        self._answers[address.lower()] = [answer]

    def greylist(self, address: str, times: int = 1) -> None:
        """Ask so many times to come later, then take it."""
        self._answers[address.lower()] = [GREYLISTED] * times + ["250 OK"]

    def accept(self, address: str) -> None:
        """Take letters to it again."""
        self._answers.pop(address.lower(), None)
        self._come_back.pop(address.lower(), None)

    def fail_data_next(self, answer: str = "451 4.3.0 Try again later", times: int = 1) -> None:
        """Take the recipient but not the letter."""
        self._at_data += [answer] * times

    def come_back_later(self, address: str, status: str = "5.1.1") -> None:
        """Take letters to it; ``send_back`` then returns each as a delivery report."""
        self._come_back[address.lower()] = status

    def send_back(self) -> int:
        """Return the letters that come back later, each once; gives how many."""
        count = 0
        for letter in [x for x in self.letters if x.to.lower() in self._come_back]:
            status = self._come_back[letter.to.lower()]
            self.returned_to(bounce_of(letter.raw, letter.to, status, to=letter.sender))
            count += 1
        self.letters = [x for x in self.letters if x.to.lower() not in self._come_back]
        return count

    def answer_for(self, address: str) -> str:
        row = self._answers.get(address.lower(), ["250 OK"])
        answer = row.pop(0) if len(row) > 1 else row[0]
        if not answer.startswith("2"):
            self.refused.append((address, answer))
        return answer

    def answer_at_data(self) -> str:
        return self._at_data.pop(0) if self._at_data else "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()


class _Mind:
    """What the mail server asks at each step."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._office.answer_for(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self._office.answer_at_data()
        if answer.startswith("2"):
            raw = cast("bytes", envelope.original_content or b"")
            self._office.letters += [
                Letter(envelope.mail_from or "", to, raw, session.ssl is not None)
                for to in envelope.rcpt_tos
            ]
        return answer
