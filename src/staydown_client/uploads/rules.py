"""What a platform chose: which requests are looked at, and what becomes of each answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, get_args
from uuid import UUID

from staydown_client.errors import SettingError
from staydown_client.uploads.counts import Counts

MEBIBYTE: Final = 1 << 20
OnUnreachable = Literal["open", "closed"]
OnHold = Literal["mark", "refuse"]
OnUnreadable = Literal["hold", "refuse", "pass"]
Mode = Literal["media", "hashes"]
Files = Literal["media", "all"]
Style = Literal["json", "html"]


class State(StrEnum):
    """What came of one file of an upload."""

    CLEAR = "clear"
    HOLD = "hold"
    BLOCK = "block"
    UNREADABLE = "unreadable"
    """It looks like a photo or video, and cannot be opened."""
    UNCHECKED = "unchecked"
    """The service gave no answer."""


class Refusal(StrEnum):
    """Why a request did not reach the application."""

    BLOCKED = "blocked"
    HELD = "held"
    UNREADABLE = "unreadable"
    UNCHECKED = "unchecked"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    NO_LENGTH = "no_length"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What came of one file.

    Attributes:
        field: name of the field of the form; empty for a body that is a file itself.
        check_id: the service's id; orders about the upload carry it. None without an answer.
        code: why there is none, or why it is unreadable; empty otherwise.
    """

    field: str
    state: State
    check_id: UUID | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What the application is told of a request that it gets.

    Attributes:
        files: what came of each file that was looked at, in the order of the form.
        is_held: True where one of them is to be kept out of sight until a person has decided.
        is_unchecked: True where one of them passed although the service gave no answer.
    """

    files: tuple[FileCheck, ...] = ()
    is_held: bool = False
    is_unchecked: bool = False

    @property
    def check_ids(self) -> tuple[str, ...]:
        """The service's ids of all files that it answered for."""
        return tuple(str(file.check_id) for file in self.files if file.check_id)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer to a request that is refused."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a platform chose. ``on_unreachable`` has no default: it is the platform's own choice.

    Attributes:
        on_unreachable: "closed" refuses uploads while the service gives no answer; "open" lets
            them pass unchecked, and each such pass is counted, logged and told.
        on_hold: "mark" passes a held upload on with a mark, for an application that can keep it
            out of sight; "refuse" does not let it through.
        on_unreadable: of what looks like a photo or video and cannot be opened: "hold" treats it
            as held, "refuse" or "pass".
        mode: "media" sends files to the service; "hashes" fingerprints them here, with the library
            ``staydown``, and sends fingerprints alone.
        files: "media" looks at what is said to be, or begins like, a photo or video; "all" at every
            file.
        methods, paths: which requests are looked at; paths by their beginning.
        max_body_bytes: larger bodies are refused.
        memory_bytes: so much of a body, and of each file, stays in memory; the rest goes to a
            temporary file without a name.
        most_parts: fields and files of one form.
        blocked_status: of the answer to a blocked upload.
        style: of answers to refused requests: "json" or "html".
        answer: makes these answers instead.
        unchecked_header: name of a response header for uploads that passed unchecked; empty for
            none.
        on_open_pass: called with each file that passed unchecked.
        account_of: from the scope (ASGI), environ (WSGI) or request (Django) to your own id of who
            uploads; empty for none.
        counts: where the counting is done; give your own to read it.
    """

    on_unreachable: OnUnreachable
    on_hold: OnHold = "mark"
    on_unreadable: OnUnreadable = "hold"
    mode: Mode = "media"
    files: Files = "media"
    methods: frozenset[str] = frozenset(("POST", "PUT", "PATCH"))
    paths: tuple[str, ...] = ("/",)
    max_body_bytes: int = 256 * MEBIBYTE
    memory_bytes: int = MEBIBYTE
    most_parts: int = 1000
    blocked_status: int = 451
    style: Style = "json"
    answer: Callable[[Refusal], Answer] | None = None
    unchecked_header: str = ""
    on_open_pass: Callable[[FileCheck], object] | None = None
    account_of: Callable[[Any], str] | None = None
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise SettingError(f"{name} is one of: {', '.join(allowed)}")
        if isinstance(self.paths, str) or not all(path.startswith("/") for path in self.paths):
            raise SettingError("paths is a sequence of beginnings, each with a slash first")
        if isinstance(self.methods, str):
            raise SettingError("methods is a set of names")
        if min(self.max_body_bytes, self.memory_bytes, self.most_parts) < 1:
            raise SettingError("max_body_bytes, memory_bytes and most_parts are above 0")
        if not 400 <= self.blocked_status <= 499:
            raise SettingError("blocked_status is 400..499; 451 and 422 are usual")

    def looks_at(self, method: str, path: str) -> bool:
        """Whether a request may bring an upload."""
        return method.upper() in self.methods and path.startswith(tuple(self.paths))

    def refusal_of(self, file: FileCheck) -> Refusal | None:
        """Why this file may not reach the application; None where it may."""
        match file.state:
            case State.BLOCK:
                return Refusal.BLOCKED
            case State.HOLD if self.on_hold == "refuse":
                return Refusal.HELD
            case State.UNREADABLE if self._refuses_unreadable:
                return Refusal.UNREADABLE
            case State.UNCHECKED if self.on_unreachable == "closed":
                return Refusal.UNCHECKED
        return None

    def upload_of(self, files: tuple[FileCheck, ...]) -> Upload:
        """What the application is told of files that may reach it."""
        held = {State.HOLD, State.UNREADABLE} if self.on_unreadable == "hold" else {State.HOLD}
        return Upload(
            files,
            is_held=any(file.state in held for file in files),
            is_unchecked=any(file.state is State.UNCHECKED for file in files),
        )

    @property
    def _refuses_unreadable(self) -> bool:
        is_held = self.on_unreadable == "hold" and self.on_hold == "refuse"
        return self.on_unreadable == "refuse" or is_held


_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "on_unreachable": get_args(OnUnreachable),
    "on_hold": get_args(OnHold),
    "on_unreadable": get_args(OnUnreadable),
    "mode": get_args(Mode),
    "files": get_args(Files),
    "style": get_args(Style),
}
