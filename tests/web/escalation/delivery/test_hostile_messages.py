"""Messages that are odd, broken, or built to break whoever reads them: time and memory bounded."""

from __future__ import annotations

import base64
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from little_internet.letters import bounce_of
from staydown_web.base.errors import BodyError
from staydown_web.escalation.services.receiving.reading import LONGEST_TEXT, read_message
from staydown_web.escalation.services.receiving.structure import MOST_BYTES

TOKEN = "abcdefgh" * 4
TO = f"To: replies+{TOKEN}@helpline.example\r\n".encode()
_MIB = 1 << 20


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("Auto-Submitted", "no", "answer"),
        ("Auto-Submitted", "auto-generated; owner-email=x", "automatic"),
        ("Precedence", "BULK", "automatic"),
        ("Precedence", "first-class", "answer"),
        ("X-Autoreply", "yes", "automatic"),
        ("X-Auto-Response-Suppress", "All", "answer"),
        ("Subject", "Abwesenheitsnotiz: Report", "automatic"),
        ("Subject", "Réponse automatique : Report", "automatic"),
    ],
)
def test_headers_say_whether_a_program_wrote(name: str, value: str, kind: str) -> None:
    assert read_message(f"{name}: {value}\r\n\r\ntext".encode()).kind == kind


@pytest.mark.parametrize(
    ("head", "body", "wanted"),
    [
        ("Content-Type: text/plain; charset=windows-1252", b"caf\xe9 \x80", "café €"),
        ("Content-Type: text/plain; charset=utf-16", "ok".encode("utf-16"), "ok"),
        ("Content-Type: text/plain; charset=punycode", b"a-b", "a-b"),
        ("Content-Type: text/plain; charset=zlib", b"a", "a"),
        ("Content-Type: text/plain; charset=\x00\xff", b"a", "a"),
        ("Content-Type: text/plain; charset*=x'y'%ff", b"a", "a"),
        ("Content-Transfer-Encoding: base64", b"!!!!", ""),
        ("Content-Transfer-Encoding: base64", b"Z3V0", "gut"),
        ("Content-Transfer-Encoding: x-uuencode", b"begin 644 x\n#0V%T\n`\nend\n", ""),
        ("Content-Transfer-Encoding: quoted-printable", b"caf=C3=A9=\n!", "café!"),
        ("X: y", b"a\x00b\x1b[31mc\xe2\x80\xaed\r\ne", "ab[31mcd\ne"),
        ("Content-Type: text/html", b"<p>hidden</p>", ""),
        ("Content-Type: multipart/mixed; boundary=x", b"no such border", ""),
        ("Content-Type: message/rfc822", b"Subject: inner\r\n\r\ninner", ""),
    ],
)  # fmt: skip
def test_odd_ways_to_write_are_read_or_left(head: str, body: bytes, wanted: str) -> None:
    assert read_message(head.encode("latin-1") + b"\r\n\r\n" + body).text == wanted


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?nonsense?Q?a?=", "a"),
        ("=?utf-8?B?%%%?=", None),
        ("=?punycode?Q?a-b?=", "a-b"),
        ("gr\xfc\xdfe", None),
    ],
)
def test_odd_subjects_are_read_or_left(subject: str, wanted: str | None) -> None:
    read = read_message(f"Subject: {subject}\r\n\r\n".encode("latin-1"))
    assert read.text.isprintable()
    if wanted is not None:
        assert read.text == wanted


def nested(depth: int) -> bytes:
    """Parts within parts."""
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return TO + opened + b"\r\ntext"


def nested_messages(depth: int) -> bytes:
    """Messages within messages."""
    return TO + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: x\r\n\r\ntext"


BOMBS = {
    "nested parts": nested(20_000),
    "nested messages": nested_messages(20_000),
    "many parts": TO
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 100_000,
    "a digest of messages": TO
    + b"Content-Type: multipart/digest; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 100_000,
    "a status of empty lines": TO
    + b"Content-Type: message/delivery-status\r\n\r\n"
    + b"\r\n" * 500_000,
    "many headers": TO + b"A: b\r\n" * 200_000 + b"\r\ntext",
    "a long header": TO + b"X: " + b"a" * 3 * _MIB + b"\r\n\r\ntext",
    "a header folded a million times": TO + b"X: a\r\n" + b" a\r\n" * 250_000 + b"\r\ntext",
    "parameters without end": TO + b"Content-Type: text/plain" + b'; a="' * 200_000 + b"\r\n\r\nt",
    "comments in comments": b"From: " + b"(" * 100_000 + b"\r\n" + TO + b"\r\ntext",
    "words without end": TO + b"Subject: " + b"=?utf-8?Q?a?= " * 70_000 + b"\r\n\r\ntext",
    "many recipients": b"To: " + b"a+b@x.example, " * 70_000 + b"\r\n\r\ntext",
    "many ids": TO + b"References: " + b"<a@b> " * 170_000 + b"\r\n\r\ntext",
    "a large base64": TO
    + b"Content-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(bytes(20 * _MIB)),
    "a large text": TO + b"\r\n" + b"a" * 40 * _MIB,
    "a charset that takes its time": TO
    + b"Content-Type: text/plain; charset=punycode\r\n\r\n"
    + b"a-" * 500_000,
    "one long line of quotes": TO
    + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    + b"=" * _MIB,
    "spaces": TO + b"Subject: " + b" " * _MIB + b"x\r\n\r\n" + b" " * _MIB,
    "nothing but ends of lines": b"\n" * _MIB,
    "failures without end": TO + b"Return-Path: <>\r\n\r\n" + b"(5" * 500_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_built_to_break_readers_costs_little(name: str) -> None:
    raw = BOMBS[name]
    tracemalloc.start()
    began = time.process_time()
    try:
        read = read_message(raw)
        left = read.left_out
        assert len(read.text) <= LONGEST_TEXT + 302
        assert left <= 200
    finally:
        took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # The processor's own time, traced; what grows with the square of a message takes hours.
    assert peak < 120 * _MIB, f"{peak / _MIB:.0f} MiB"
    assert took < 60, f"{took:.1f} s"


@pytest.mark.parametrize("name", ["nested parts", "many parts", "many headers"])
def test_of_a_bomb_the_address_is_still_known(name: str) -> None:
    read = read_message(BOMBS[name])
    assert (read.tokens, read.left_out) == ((TOKEN,), 1)


def test_what_lies_behind_the_first_mib_is_not_read() -> None:
    long = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\n"
    raw = TO + long + b"Content-Type: image/jpeg\r\n\r\n" + b"a" * MOST_BYTES + b"\r\n--b--"
    read = read_message(raw)
    assert (read.text, read.left_out) == ("first", 1)


_LETTER = b"From: a@b.example\nSubject: x\nMessage-ID: <a@b.example>\n\ntext"
_PIECES = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"\n\n", b"--b", b"--b--", b"\x00", b"\xff\xfe", b"=?utf-8?B?"),
        *(
            b"Content-Type: ",
            b"multipart/report; ",
            b"report-type=delivery-status; ",
            b"boundary=b",
        ),
        *(b"message/delivery-status", b"text/plain; charset=", b"text/rfc822-headers", b"utf-7"),
        *(b"Content-Transfer-Encoding: base64\n", b"Status: 5.1.1\n", b"Action: failed\n", b"?="),
        *(b"Message-ID: <", b">", b"To: ", b"charset*0*=", b"''", b'"', b";", b":", b"(", b"="),
        *(TO, b"Auto-Submitted: ", b"References: ", b"idna", b"\xed\xa0\x80", b"message/rfc822"),
        bounce_of(_LETTER, "a@b.example"),
    ]
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.one_of(_PIECES, st.binary(max_size=20)), max_size=60).map(b"".join))
def test_any_bytes_are_read_or_refused_by_our_own_error(raw: bytes) -> None:
    try:
        read = read_message(raw)
    except BodyError:
        return
    assert read.kind in {"answer", "automatic", "bounce"}
    assert read.text == read.text.encode().decode()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_a_bounce_with_some_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(bounce_of(_LETTER, "a@b.example", to=f"replies+{TOKEN}@helpline.example"))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        read_message(bytes(raw))
    except BodyError:
        return
