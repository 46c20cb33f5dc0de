"""All readings of a text: what a person or program gets out of it by undoing encodings."""

from __future__ import annotations

import base64
import binascii
import email
import html
import quopri
import re
from collections.abc import Callable, Iterable
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from urllib.parse import unquote, unquote_plus

import idna

from staydown_web.escalation.formats.facts import Composed

_ROUNDS = 4
"""Encodings inside each other: a part in base64, JSON in it, base64 in that, percent in that."""
_MOST = 2000
_SHORTEST = 3
_MAIL = "message/rfc822"
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
"""Halves of a character that stand alone: ``email`` takes them for raw bytes and fails on most."""


def all_readings(
    texts: Iterable[str], *, without: Callable[[str], str] = lambda text: text
) -> list[str]:
    """Texts as they are and with every encoding undone.

    Args:
        texts: such as ``texts_of`` gives.
        without: what is done to each reading before it is kept and read on, to take something out.
    """
    found = dict.fromkeys(without(text) for text in texts)
    newest = list(found)
    for _ in range(_ROUNDS):
        fresh = dict.fromkeys(
            without(text)
            for known in newest
            for undo in _UNDO
            for text in undo(known)
            if len(text) >= _SHORTEST
        )
        newest = [text for text in fresh if text not in found][: _MOST - len(found)]
        found |= dict.fromkeys(newest)
    return list(found)


def texts_of(composed: Composed, *, as_sent: bool) -> list[str]:
    """The texts of a report: its body, its subject, its headers, its rows.

    Args:
        composed: the report.
        as_sent: with the body of a mail as it travels, not its parts alone.
    """
    is_mail = composed.media_type == _MAIL
    texts = [composed.body] if as_sent or not is_mail else []
    texts += [composed.subject]
    texts += [value for row in (*composed.headers, *composed.fields) for value in row]
    if is_mail:
        texts += _of_mail(email.message_from_string(_HALF_CHARACTERS.sub("\ufffd", composed.body)))
    return texts


def _of_mail(message: Message) -> Iterable[str]:
    for part in message.walk():
        yield from (f"{name}: {value}" for name, value in part.items())
        # What stands before the first part and after the last is shown by some programs.
        yield from (text for text in (part.preamble, part.epilogue) if text)
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield _decoded(payload)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _from_quoted(text: str) -> Iterable[str]:
    if "=" in text:
        yield _decoded(quopri.decodestring(text.encode()))


def _from_base64(text: str) -> Iterable[str]:
    # One word, or rows of nothing else.
    rows = re.findall(r"(?:^[A-Za-z0-9+/=_-]{4,}\r?\n?){2,}", text, re.MULTILINE)
    for run in [*re.findall(r"[A-Za-z0-9+/_-]{4,}={0,2}", text), *rows]:
        letters = re.sub(r"[\s=]", "", run).translate(_URL_SAFE)
        for start in range(4):  # it may begin within a longer word
            whole = letters[start:]
            if len(whole) >= 4:
                usable = whole[: len(whole) - (len(whole) % 4 == 1)]
                yield from _readable(base64.b64decode(usable + "=" * (-len(usable) % 4)))


def _from_hex(text: str) -> Iterable[str]:
    for run in re.findall(r"(?:[0-9a-fA-F]{2}[\s:]?){4,}", text):
        try:
            yield from _readable(binascii.unhexlify(re.sub(r"[\s:]", "", run)))
        except binascii.Error:
            continue


def _readable(data: bytes) -> Iterable[str]:
    """Noise is left out: most words are base64 of something, and of nothing that can be read."""
    text = _decoded(data)
    shown = sum(c.isprintable() or c in "\r\n\t" for c in text)
    if shown >= 0.8 * len(text):
        yield text


def _from_percent(text: str) -> Iterable[str]:
    if "%" in text or "+" in text:
        yield unquote(text)
        yield unquote_plus(text)


def _from_punycode(text: str) -> Iterable[str]:
    if "xn--" in text.lower():
        yield re.sub(r"xn--[a-z0-9-]+", _label, text, flags=re.IGNORECASE)


def _label(found: re.Match[str]) -> str:
    try:
        return idna.decode(found[0].lower())
    except (idna.IDNAError, UnicodeError):
        return _loosely(found[0])


def _loosely(label: str) -> str:
    # What is no name of a host can be punycode all the same.
    try:
        return label[4:].encode().decode("punycode")
    except UnicodeError:
        return label


def _from_escapes(text: str) -> Iterable[str]:
    if "\\" in text:
        shown = re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", _escape, text)
        # JSON writes some letters as two halves, which only together are one.
        yield shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "&" in text:
        yield html.unescape(text)


def _escape(found: re.Match[str]) -> str:
    name = found[1]
    if len(name) > 1:
        return chr(int(name[1:], 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(name, name)


def _from_encoded_words(text: str) -> Iterable[str]:
    if "=?" in text:
        joined = re.sub(r"\?=\s+=\?", "?==?", text)
        yield re.sub(r"=\?[^?\s]+\?[bqBQ]\?[^?]*\?=", _word, joined)


def _word(found: re.Match[str]) -> str:
    try:
        parts = decode_header(found[0])
    except (ValueError, LookupError, MessageError):
        return found[0]
    return "".join(p if isinstance(p, str) else _decoded(p) for p, _ in parts)


_URL_SAFE = str.maketrans("-_", "+/")
_UNDO: tuple[Callable[[str], Iterable[str]], ...] = (
    _from_quoted,
    _from_base64,
    _from_hex,
    _from_percent,
    _from_punycode,
    _from_escapes,
    _from_encoded_words,
)
