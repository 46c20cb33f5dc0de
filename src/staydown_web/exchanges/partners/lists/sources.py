"""Where a list comes from: an address, or a file in one folder of this installation."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from django.conf import settings

from staydown_web.base.errors import ExchangePayloadError, FieldsError
from staydown_web.exchanges.partners.line import Line

MAX_LIST_BYTES: Final = 256 * 1024 * 1024
"""Three million hashes, one a line."""

FOLDER: Final = "lists"
"""Below ``STAYDOWN_HOME``; the only folder that lists are read from."""

Marks = Mapping[str, str]
"""What tells whether a list is still the same, without reading it."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A list as it is now.

    Attributes:
        body: all of it.
        marks: by which the next call can ask whether it changed.
    """

    body: bytes
    marks: Marks


class Source(Protocol):
    """One list's place."""

    def read(self, marks: Marks) -> Copy | None:
        """The list; None where these marks say that it is still the same."""


@dataclass(frozen=True, slots=True)
class AddressSource:
    """A list at an address."""

    line: Line
    token: str

    def read(self, marks: Marks) -> Copy | None:
        """See ``Source``. Asks for what changed since, by the server's own marks."""
        headers = {"Accept": "*/*"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if marks.get("etag"):
            headers["If-None-Match"] = marks["etag"]
        if marks.get("modified"):
            headers["If-Modified-Since"] = marks["modified"]
        called = self.line.call("", headers=headers, max_bytes=MAX_LIST_BYTES, timeout_s=120)
        if called.status == 304 and marks:
            return None
        self.line.check(called)
        if called.status != 200:
            raise self.line.unreadable("an answer without a list")
        if called.content_type in {"text/html", "application/xhtml+xml"}:
            raise self.line.unreadable("a web page instead of a list")
        given = {
            "etag": called.headers.get("etag", ""),
            "modified": called.headers.get("last-modified", ""),
        }
        return Copy(called.body, {name: text[:200] for name, text in given.items() if text})


@dataclass(frozen=True, slots=True)
class FileSource:
    """A list in a file."""

    path: Path

    def read(self, marks: Marks) -> Copy | None:
        """See ``Source``. A file whose size and moment are the same is not read."""
        try:
            # Neither a link out of the folder nor a pipe that never ends.
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            raise ExchangePayloadError(
                "the list's file cannot be opened; put it into the folder "
                f"{FOLDER} of STAYDOWN_HOME, readable for the service"
            ) from None
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            now = {"stamp": f"{about.st_mtime_ns}-{about.st_size}-{about.st_ino}"}
            if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_LIST_BYTES:
                raise ExchangePayloadError(
                    "the list's file is no plain file, or larger than "
                    f"{MAX_LIST_BYTES // 2**20} MiB; split it"
                )
            if marks == now:
                return None
            body = file.read(MAX_LIST_BYTES + 1)
            if len(body) != about.st_size:
                raise ExchangePayloadError("the list's file changes while it is read; try later")
            return Copy(body, now)


def file_source(name: str) -> FileSource:
    """The source of a file by its name alone.

    Raises:
        FieldsError: a path, or no name that a file may have.
    """
    if not name or name.startswith(".") or "/" in name or "\0" in name or len(name) > 200:
        raise FieldsError({"file": f"only the name of a file in the folder {FOLDER}"})
    return FileSource(Path(settings.STAYDOWN_HOME) / FOLDER / name)
