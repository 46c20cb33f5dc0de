"""Files that a command writes: whole at their place, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from staydown.errors import SourceError

DASH = "-"


def check_output(path: Path) -> None:
    """Find out before the work that a file cannot be written.

    Raises:
        SourceError: its folder is not there, or it is ``-``.
    """
    if str(path) == DASH:
        raise SourceError("This is not written to standard output. Give it a file.")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise SourceError(f"{path}: there is no folder {folder}.")


def where_it_lies(path: Path) -> Path:
    """The place behind all links, whether anything is there or not.

    Raises:
        OSError: a link leads to itself.
    """
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return place


def is_special(path: Path) -> bool:
    """True for a device, a pipe and all else that is there and no ordinary file.

    A link counts as what it leads to.
    """
    return path.exists() and not path.is_file()


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its place only when it is complete; readable by its owner alone.

    Where the path is a link, the file that it leads to is replaced. A device or a pipe is not
    replaced, but written into.

    Raises:
        SourceError: it cannot be written.
    """
    try:
        if is_special(path):
            with path.open("wb") as file:
                yield file
        else:
            with _beside(where_it_lies(path)) as file:
                yield file
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}. Choose another place for it.") from None


@contextmanager
def whole_text(path: Path) -> Iterator[TextIO]:
    """The same for text, in UTF-8 and with the ends of lines as they are written.

    Raises:
        SourceError: it cannot be written.
    """
    with whole_file(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
        yield text
        text.flush()
        text.detach()


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(fd, "wb") as file:  # noqa: PTH123 - a descriptor
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
