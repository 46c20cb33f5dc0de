"""A message taken apart within limits: so many bytes, headers and parts, and no more.

Python's parser is made for messages of people who mean well. Its header objects of the ``default``
policy recurse over nested comments, its structure over nested parts, and a delivery report of blank
lines becomes a million of them. So this parser uses the plain policy, cuts each header as it is
read, and counts what is made. Source: ADR-0082.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from email.header import decode_header
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Compat32

from staydown_web.base.errors import BodyError

MOST_BYTES = 1 << 20
"""Of a message that are read. The text comes first; attachments behind it are thrown away."""
_MOST_HEADERS = 1_000
_MOST_PARTS = 200
_LONGEST_HEADER = 4_000
_LONGEST_LIST = 20_000
"""Of headers that hold many addresses or ids."""
_LISTS = frozenset({"to", "cc", "references", "in-reply-to"})
_HEAD_BYTES = 64 * 1024
_PLAIN = {"", "7bit", "8bit", "binary", "quoted-printable", "base64"}
_CHARSET = re.compile(
    r"utf-?(?:8|16(?:-?[lb]e)?)|us-?ascii|ascii|iso-?8859-\d{1,2}|latin-?\d|cp\d{3,4}|"
    r"windows-125\d|koi8-[rtu]|gb2312|gbk|gb18030|big5|euc-(?:jp|kr)|shift_jis|iso-2022-(?:jp|kr)",
    re.IGNORECASE,
)
"""What text is written in. Others, such as ``punycode``, take minutes over a large body."""
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


class _Bounded(Compat32):
    """Cuts each header, and counts them."""

    left: list[int] | None = None

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        left = self.left or [0]
        left[0] -= 1
        if left[0] < 0:
            raise BodyError("the message has too many headers")
        name, value = super().header_source_parse(sourcelines)
        most = _LONGEST_LIST if name.lower() in _LISTS else _LONGEST_HEADER
        return name[:100], value[:most]


def parsed(raw: bytes) -> Message:
    """A message and its parts, from its first MiB.

    Raises:
        BodyError: it has too many parts or headers, or cannot be read as a message.
    """
    return _parsed(raw[:MOST_BYTES])


def parsed_head(raw: bytes) -> Message:
    """Its headers alone, for one that has too many parts.

    Raises:
        BodyError: not even these can be read.
    """
    head = re.split(rb"\r?\n\r?\n", raw[:_HEAD_BYTES], maxsplit=1)[0]
    lines = re.split(rb"\n(?![ \t])", head)[:_MOST_HEADERS]
    kept = [line for line in lines if not line.lower().startswith(b"content-")]
    return _parsed(b"\n".join(kept) + b"\n\n")


def _parsed(raw: bytes) -> Message:
    parser = BytesFeedParser(_counted(), policy=_Bounded(left=[_MOST_HEADERS]))  # type: ignore[call-arg] # stubs know no attributes of policies
    try:
        parser.feed(raw)
        return parser.close()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise BodyError("the message cannot be read") from None


def _counted() -> Callable[..., Message]:
    left = _MOST_PARTS

    def make(policy: Compat32) -> Message:
        nonlocal left
        left -= 1
        if left < 0:
            raise BodyError("the message has too many parts")
        return Message(policy)

    return make


def headers_of(message: Message, *names: str) -> list[str]:
    """The values of headers of these names (lower case), in their order, undecoded."""
    rows = [(str(name).lower(), str(value)) for name, value in message.raw_items()]
    return [value for name, value in rows if name in names]


def header_of(message: Message, name: str) -> str:
    """The first header of a name, on one line; empty where there is none."""
    return " ".join(next(iter(headers_of(message, name)), "").split())


def leaves_of(message: Message) -> Iterator[Message]:
    """The parts that hold something; a message within a message is one part, never opened."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting.extend(p for p in reversed(inner) if isinstance(p, Message))
        else:
            yield part


def text_of_part(part: Message, *, longest: int) -> str:
    """The text of a part, cleaned; empty where it is written in a way that nobody uses."""
    if header_of(part, "content-transfer-encoding").lower() not in _PLAIN:
        return ""
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return ""
    if not isinstance(raw, bytes):
        return ""
    # Four bytes are the most that one character takes.
    return clean(_decoded(raw[: 4 * longest], _charset_of(part)), longest=longest)


def words_of(value: str, *, longest: int) -> str:
    """A header in plain words: encoded words decoded, on one line."""
    try:
        parts = decode_header(_plain(value[:_LONGEST_HEADER]))
    except (ValueError, LookupError):
        return clean(_plain(value), longest=longest)
    words = [
        text if isinstance(text, str) else _decoded(text, str(charset or "utf-8"))
        for text, charset in parts
    ]
    return " ".join(clean("".join(words), longest=longest).split())


def clean(text: str, *, longest: int) -> str:
    """Without control characters and those that change the order of letters; cut."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _ODD.sub("", lines))[:longest].strip()


def _charset_of(part: Message) -> str:
    try:
        return str(part.get_content_charset("utf-8"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return "utf-8"


def _decoded(raw: bytes, charset: str) -> str:
    name = charset if _CHARSET.fullmatch(charset) else "utf-8"
    try:
        codecs.lookup(name)
    except LookupError:
        name = "latin-1"
    return raw.decode(name, "replace")


def _plain(value: str) -> str:
    """A header as text: bytes that are no ASCII are read as UTF-8."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
