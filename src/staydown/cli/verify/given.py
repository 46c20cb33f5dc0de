"""What somebody gave to check a file with: the file, keys, fingerprints."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from staydown.cli.inputs import DASH, STDIN_NAME
from staydown.cli.verify.archives import CAME_WITH_RECORD, holds_file, is_archive
from staydown.cli.verify.documents import State, judge, keys_in
from staydown.errors import ContentTooLargeError, SourceError

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 64 << 20
_MOST_KEY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a file is held against.

    Attributes:
        trusted: fingerprint -> what it was given with, in words.
        of_itself: files that were given as keys, but came with what they should prove.
    """

    trusted: dict[str, str]
    of_itself: tuple[str, ...] = ()


def file_given(file: str) -> bytes:
    """The bytes of the file to check, or of standard input.

    Raises:
        SourceError: it cannot be read.
        ContentTooLargeError: it is larger than any record.
    """
    if file != DASH:
        return limited(Path(file), _MOST_BYTES)
    if sys.stdin.isatty():
        raise SourceError("Standard input is the terminal. Send a file in: staydown verify - <FILE")
    data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ContentTooLargeError(f"{STDIN_NAME}: more than 64 MiB, so no receipt of ours.")
    return data


def keys_given(files: Sequence[Path], fingerprints: Sequence[str], *, data: bytes) -> Keys:
    """The keys to trust: by fingerprint, from PEM files, or from receipts that came earlier.

    A key that came with the file proves nothing, since whoever made the file could have made it:
    the file itself and what lies in it are not taken as keys.

    Args:
        files: PEM files or receipts.
        fingerprints: of keys, as somebody typed them.
        data: the file to check.

    Raises:
        SourceError: a file cannot be read, or holds no key.
        click.UsageError: what should be a fingerprint is none.
    """
    trusted: dict[str, str] = {}
    of_itself: list[str] = []
    for given in fingerprints:
        text = re.sub(r"[\s:]", "", given).lower()
        if not _FINGERPRINT.fullmatch(text):
            raise click.UsageError("--fingerprint wants the 64 hex digits of a key.")
        trusted[text] = "the fingerprint that you gave"
    for path in files:
        key = limited(path)
        named = _keys_of(key)
        if not named:
            raise SourceError(
                f"{path}: no public key in it. Give the file from the page /key/ of the service, "
                "or a receipt that you got from it earlier."
            )
        if _is_of(key, data):
            of_itself.append(str(path))
        else:
            trusted.update(dict.fromkeys(named, f"the file {path}"))
    return Keys(trusted, tuple(of_itself))


def limited(path: Path, most: int = _MOST_KEY_BYTES) -> bytes:
    """The bytes of a file that is small.

    Raises:
        SourceError: it cannot be read.
        ContentTooLargeError: it is larger than ``most``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}. Check the name.") from None
    if len(data) > most:
        raise ContentTooLargeError(f"{path}: larger than any such file is.")
    return data


def _keys_of(data: bytes) -> list[str]:
    """Fingerprints of the keys in a PEM file, or of the key of a receipt that holds."""
    named = list(keys_in(data))
    if named:
        return named
    found = judge(data, trusted=())
    return [found.key] if found.state is State.UNKNOWN_KEY else []


def _is_of(key: bytes, data: bytes) -> bool:
    """Whether a key came with the file that it should prove."""
    is_marked = CAME_WITH_RECORD.encode() in key
    return is_marked or key == data or (is_archive(data) and holds_file(data, key))
