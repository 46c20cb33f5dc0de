"""An IMAP server of one account, enough for ``imaplib``: by TLS, with the troubles of real ones.

Speaks the part of RFC 9051/3501 that a reader of one mailbox needs: CAPABILITY, LOGIN, LIST,
SELECT, EXAMINE, STATUS, UID SEARCH, UID FETCH, UID STORE, UID MOVE, EXPUNGE, CLOSE, NOOP, LOGOUT.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Self

from little_internet.certificates import server_context

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^ ]+)')
_SECTION = re.compile(r"BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?")
_MARKS = {"SEEN", "DELETED", "FLAGGED", "ANSWERED"}
_WITH_VALUE = {"SINCE", "LARGER", "SMALLER", "KEYWORD", "UNKEYWORD"}
_CAPABILITIES = "IMAP4rev1 UIDPLUS MOVE"


@dataclass
class Message:
    """One message of the mailbox."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


class _DropError(Exception):
    """The server leaves without a word."""


class Mailbox:
    """An IMAP server with one account and its ``INBOX``.

    Attributes:
        messages: what lies there. Change it by ``add``.
        uid_validity: a new number means that every UID stands for another message now.
        commands: the commands that were given, with their UIDs, without the password.
        user, password: whom it takes.
    """

    host = "127.0.0.1"

    def __init__(self, *, tls: bool = True) -> None:
        self.user, self.password = "reports@helpline.example", "little-imap-password"
        self.messages: list[Message] = []
        self.uid_validity = 7_000
        self.commands: list[str] = []
        self.folders: dict[str, list[Message]] = {}
        self.connections = 0
        self._next_uid = 1
        self._drop_after: int | None = None
        self._fail: dict[str, list[str]] = {}
        self._is_silent = False
        self._lock = threading.RLock()
        self._tls = server_context(self.host) if tls else None
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])

    # What a test says

    def add(self, raw: bytes, *, flags: tuple[str, ...] = ()) -> int:
        """Put a message there; gives its UID."""
        with self._lock:
            made = Message(self._next_uid, raw, set(flags))
            self._next_uid += 1
            self.messages.append(made)
            return made.uid

    def renumber(self) -> None:
        """Give the mailbox another UIDVALIDITY: old UIDs mean nothing now."""
        with self._lock:
            self.uid_validity += 1
            for number, message in enumerate(self.messages, start=1):
                message.uid = number
            self._next_uid = len(self.messages) + 1

    def drop_mid_fetch(self, after_bytes: int = 40) -> None:
        """Leave in the middle of the next message that is fetched, once."""
        self._drop_after = after_bytes

    def fail_next(self, command: str, answer: str = "NO [UNAVAILABLE] Try later") -> None:
        """Answer the next command of this name (``SEARCH``, ``FETCH``, ``LOGIN``, …) with this."""
        self._fail.setdefault(command.upper(), []).append(answer)

    def fall_silent(self) -> None:
        """Greet nobody any more: connections are taken and nothing is said."""
        self._is_silent = True

    def flags_of(self, uid: int) -> set[str]:
        return next(message.flags for message in self.messages if message.uid == uid)

    # What a mail program sees

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True, name="little-imap").start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            peer.settimeout(20)
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        with suppress(OSError, _DropError, ssl.SSLError):
            wrapped = self._tls.wrap_socket(peer, server_side=True) if self._tls else peer
            with wrapped, wrapped.makefile("rb") as lines:
                if self._is_silent:
                    lines.readline()
                    return
                _Session(self, wrapped, lines).run()
        peer.close()


class _Session:
    """One connection."""

    def __init__(self, box: Mailbox, peer: socket.socket, lines: BinaryIO) -> None:
        self.box, self.peer, self.lines = box, peer, lines
        self.is_in = False
        self.is_selected = False
        self.is_read_only = True

    def say(self, text: str) -> None:
        self.peer.sendall(text.encode() + b"\r\n")

    def run(self) -> None:
        self.say(f"* OK [CAPABILITY {_CAPABILITIES}] little internet")
        while line := self._line():
            tag, _, rest = line.partition(" ")
            name, _, arguments = rest.partition(" ")
            name = name.upper()
            if name == "UID":
                name, _, arguments = arguments.partition(" ")
                name = name.upper()
            shown = name if name == "LOGIN" else f"{name} {arguments}".strip()
            self.box.commands.append(shown)
            waiting = self.box._fail.get(name)
            if waiting:
                self.say(f"{tag} {waiting.pop(0)}")
                continue
            with self.box._lock:
                answer = self._do(name, arguments)
            self.say(f"{tag} {answer}")
            if name == "LOGOUT":
                return

    def _line(self) -> str:
        """One command with its literals."""
        whole = b""
        while piece := self.lines.readline(65536):
            piece = piece.rstrip(b"\r\n")
            found = _LITERAL.search(piece)
            if not found:
                return (whole + piece).decode("utf-8", "replace")
            if not found[2]:
                self.say("+ go on")
            data = self.lines.read(int(found[1]))
            quoted = data.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            whole += piece[: found.start()] + b'"' + quoted + b'"'
        return ""

    def _do(self, name: str, arguments: str) -> str:
        anywhere = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "NOOP": lambda _: "OK done",
            "LOGOUT": self._logout,
        }
        signed_in = {
            "SELECT": lambda rest: self._select(rest, is_read_only=False),
            "EXAMINE": lambda rest: self._select(rest, is_read_only=True),
            "LIST": self._list,
            "CREATE": self._create,
            "STATUS": self._tell_status,
        }
        selected = {"SEARCH": self._search, "FETCH": self._fetch, "CLOSE": self._close}
        writing = {"STORE": self._store, "MOVE": self._move, "EXPUNGE": self._expunge}
        if name in anywhere:
            return anywhere[name](arguments)
        if not self.is_in:
            return "BAD log in first"
        if name in signed_in:
            return signed_in[name](arguments)
        if name not in selected | writing or not self.is_selected:
            return "BAD unknown command, or no mailbox is selected"
        if name in writing and self.is_read_only:
            return "NO the mailbox is open for reading alone"
        return (selected | writing)[name](arguments)

    def _capability(self, _: str) -> str:
        self.say(f"* CAPABILITY {_CAPABILITIES}")
        return "OK done"

    def _logout(self, _: str) -> str:
        self.say("* BYE see you")
        return "OK done"

    def _list(self, _: str) -> str:
        self.say('* LIST (\\HasNoChildren) "/" "INBOX"')
        return "OK done"

    def _create(self, arguments: str) -> str:
        self.box.folders.setdefault(words(arguments)[0], [])
        return "OK done"

    def _tell_status(self, _: str) -> str:
        box = self.box
        self.say(f"* STATUS INBOX (MESSAGES {len(box.messages)} UIDNEXT {box._next_uid})")
        return "OK done"

    def _search(self, arguments: str) -> str:
        found = [m.uid for m in self.box.messages if self._is_sought(m, arguments)]
        self.say(" ".join(["* SEARCH", *map(str, found)]))
        return "OK done"

    def _close(self, _: str) -> str:
        if not self.is_read_only:
            self._expunge("")
        self.is_selected = False
        return "OK done"

    def _login(self, arguments: str) -> str:
        if words(arguments) != [self.box.user, self.box.password]:
            return "NO [AUTHENTICATIONFAILED] wrong user name or password"
        self.is_in = True
        return f"OK [CAPABILITY {_CAPABILITIES}] done"

    def _select(self, arguments: str, *, is_read_only: bool) -> str:
        self.is_selected = False
        if words(arguments)[0].upper() != "INBOX":
            return "NO [NONEXISTENT] no such mailbox"
        self.is_selected, self.is_read_only = True, is_read_only
        self.say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        self.say(f"* {len(self.box.messages)} EXISTS")
        self.say("* 0 RECENT")
        self.say(f"* OK [UIDVALIDITY {self.box.uid_validity}] valid")
        self.say(f"* OK [UIDNEXT {self.box._next_uid}] next")
        return f"OK [READ-{'ONLY' if is_read_only else 'WRITE'}] done"

    def _is_sought(self, message: Message, arguments: str) -> bool:
        keys = words(arguments)
        if keys[:1] == ["CHARSET"]:
            keys = keys[2:]
        while keys:
            key = keys.pop(0).upper()
            if key == "UID":
                is_sought = self._is_in_set(message.uid, keys.pop(0))
            elif key in _WITH_VALUE:
                is_sought = _fits(message, key, keys.pop(0))
            else:
                is_sought = _has_mark(message, key)
            if not is_sought:
                return False
        return True

    def _is_in_set(self, uid: int, text: str) -> bool:
        last = max((m.uid for m in self.box.messages), default=0)
        for part in text.split(","):
            first, _, end = part.partition(":")
            low = last if first == "*" else int(first)
            high = low if not end else last if end == "*" else int(end)
            if min(low, high) <= uid <= max(low, high):
                return True
        return False

    def _fetch(self, arguments: str) -> str:
        wanted, _, items = arguments.partition(" ")
        for place, message in enumerate(self.box.messages, start=1):
            if not self._is_in_set(message.uid, wanted):
                continue
            section = _SECTION.search(items)
            head = [f"UID {message.uid}"]
            if "RFC822.SIZE" in items:
                head.append(f"RFC822.SIZE {len(message.raw)}")
            if section and not section[1] and not self.is_read_only:
                message.flags.add("\\Seen")
            if "FLAGS" in items:
                head.append(f"FLAGS ({' '.join(sorted(message.flags))})")
            if section is None:
                self.say(f"* {place} FETCH ({' '.join(head)})")
                continue
            data = _part(message.raw, section[2])
            shown = f"BODY[{section[2]}]"
            if section[3]:
                start = int(section[3])
                data, shown = data[start : start + int(section[4])], f"{shown}<{start}>"
            self.say(f"* {place} FETCH ({' '.join(head)} {shown} {{{len(data)}}}")
            self._send(data)
            self.say(")")
        return "OK done"

    def _send(self, data: bytes) -> None:
        most, self.box._drop_after = self.box._drop_after, None
        if most is not None:
            self.peer.sendall(data[:most])
            self.peer.shutdown(socket.SHUT_RDWR)
            raise _DropError
        self.peer.sendall(data)

    def _store(self, arguments: str) -> str:
        wanted, _, rest = arguments.partition(" ")
        how, _, listed = rest.partition(" ")
        flags = set(listed.strip("()").split())
        for place, message in enumerate(self.box.messages, start=1):
            if not self._is_in_set(message.uid, wanted):
                continue
            if how.startswith("+"):
                message.flags |= flags
            elif how.startswith("-"):
                message.flags -= flags
            else:
                message.flags = set(flags)
            if "SILENT" not in how.upper():
                shown = " ".join(sorted(message.flags))
                self.say(f"* {place} FETCH (UID {message.uid} FLAGS ({shown}))")
        return "OK done"

    def _move(self, arguments: str) -> str:
        wanted, _, folder = arguments.partition(" ")
        moved = [m for m in self.box.messages if self._is_in_set(m.uid, wanted)]
        self.box.folders.setdefault(words(folder)[0], []).extend(moved)
        for message in moved:
            message.flags.add("\\Deleted")
        return self._expunge("")

    def _expunge(self, _: str) -> str:
        for place in range(len(self.box.messages), 0, -1):
            if "\\Deleted" in self.box.messages[place - 1].flags:
                del self.box.messages[place - 1]
                self.say(f"* {place} EXPUNGE")
        return "OK done"


def words(text: str) -> list[str]:
    """The words of a command's arguments, quotes taken off."""
    found = _WORD.finditer(text.strip())
    return [re.sub(r"\\(.)", r"\1", m[1]) if m[1] is not None else m[2] for m in found]


def _has_mark(message: Message, key: str) -> bool:
    """``SEEN``, ``UNSEEN`` and the like; every other key (``ALL``) fits."""
    name = key.removeprefix("UN")
    if name not in _MARKS:
        return True
    return (f"\\{name.title()}" in message.flags) != key.startswith("UN")


def _fits(message: Message, key: str, value: str) -> bool:
    if key == "LARGER":
        return len(message.raw) > int(value)
    if key == "SMALLER":
        return len(message.raw) < int(value)
    if key == "KEYWORD":
        return value in message.flags
    if key == "UNKEYWORD":
        return value not in message.flags
    return True  # SINCE: every message of the little internet is of today


def _part(raw: bytes, section: str) -> bytes:
    head, end, body = raw.partition(b"\r\n\r\n")
    if section.upper().startswith("HEADER"):
        return head + end
    return body if section.upper() == "TEXT" else raw
