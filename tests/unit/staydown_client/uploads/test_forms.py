"""A form is read only where Werkzeug, Django and Starlette read the same files in it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

import pytest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser as DjangoParser
from django.http.multipartparser import MultiPartParserError
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from werkzeug.formparser import MultiPartParser as WerkzeugParser

from staydown_client.uploads.forms import (
    FormReader,
    MalformedError,
    PartData,
    PartEnd,
    PartStart,
)
from upload_bodies import BOUNDARY, FORM_TYPE, Part, form, photo, pieces

GIF = b"GIF89a and more"
MARK = f"--{BOUNDARY}"


def read(body: bytes, content_type: str = FORM_TYPE, size: int = 1 << 16) -> list[bytes]:
    """The content of each part.

    Raises:
        MalformedError: as the reader.
    """
    reader = FormReader(content_type, most_parts=100)
    contents: list[bytes] = []
    for chunk in (*pieces(body, size), None):
        for event in reader.finish() if chunk is None else reader.feed(chunk):
            match event:
                case PartStart():
                    contents.append(b"")
                case PartData():
                    contents[-1] += event.data
                case PartEnd():
                    pass
    return contents


def read_by_werkzeug(body: bytes) -> Iterable[bytes]:
    parser = WerkzeugParser(stream_factory=lambda *_, **__: io.BytesIO())
    fields, files = parser.parse(io.BytesIO(body), BOUNDARY.encode(), len(body))
    yield from (value.encode(errors="surrogateescape") for value in fields.values())
    for several in files.listvalues():
        yield from (file.read() for file in several)


def read_by_django(body: bytes) -> Iterable[bytes]:
    handler = MemoryFileUploadHandler()
    meta = {"CONTENT_TYPE": FORM_TYPE, "CONTENT_LENGTH": len(body)}
    fields, files = DjangoParser(meta, io.BytesIO(body), [handler]).parse()
    for values in (*fields.lists(), *files.lists()):
        for value in values[1]:
            yield value.encode() if isinstance(value, str) else value.read()


def read_by_starlette(body: bytes) -> Iterable[bytes]:
    async def stream() -> AsyncIterator[bytes]:
        yield body
        yield b""

    async def parse() -> list[bytes]:
        headers = Headers({"content-type": FORM_TYPE})
        found = await MultiPartParser(headers, stream()).parse()
        contents = [
            await value.read() if isinstance(value, UploadFile) else value.encode()
            for _, value in found.multi_items()
        ]
        await found.close()
        return contents

    return asyncio.run(parse())


READERS = (read_by_werkzeug, read_by_django, read_by_starlette)
THEIR_ERRORS = (ValueError, MultiPartParserError, MultiPartException, EOFError)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_pieces_of_any_size_give_the_same_parts(size: int) -> None:
    parts = [Part("title", b"text"), photo(b"\r\n--" + bytes(range(256)) * 3), photo(b"", "empty")]
    assert read(form(*parts), size=size) == [part.data for part in parts]


@pytest.mark.parametrize(
    "content_type",
    [
        f'multipart/form-data; boundary="{BOUNDARY}"',
        f"Multipart/Form-Data;boundary={BOUNDARY}",
        f"multipart/form-data; boundary={BOUNDARY}; charset=utf-8",
    ],
)
def test_content_types_of_browsers_and_libraries_are_read(content_type: str) -> None:
    assert read(form(photo(GIF)), content_type) == [GIF]


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary=other; boundary={BOUNDARY}",
        f"multipart/form-data; boundary*=utf-8''{BOUNDARY}",
        f'multipart/form-data; boundary="{BOUNDARY}',
        f'multipart/form-data; boundary="a\\"{BOUNDARY}"',
        f"multipart/form-data; x=y; boundary={BOUNDARY}",
        f"multipart/mixed; boundary={BOUNDARY}",
        f"multipart/form-data, multipart/form-data; boundary={BOUNDARY}",
    ],
)
def test_content_types_that_can_be_read_in_two_ways_are_refused(content_type: str) -> None:
    with pytest.raises(MalformedError):
        FormReader(content_type, most_parts=100)


HIDDEN = f'\n{MARK}\nContent-Disposition: form-data; name="f"; filename="x.gif"\n\n'.encode() + GIF
REFUSED = {
    "nothing": b"",
    "no end": form(photo(GIF))[:-4],
    "half a part": form(photo(GIF))[:80],
    "no disposition": f"{MARK}\r\n\r\ntext\r\n{MARK}--\r\n".encode(),
    "text before": b"text\r\n" + form(photo(GIF)),
    "text after": form(photo(GIF)) + b"text",
    "a second form after": form(Part("a", b"b")) + form(photo(GIF)),
    "a file behind line feeds": form(Part("a", b"text" + HIDDEN)),
    "a file in base64": form(
        Part("f", b"R0lGODlh", "x.gif", "text/plain", "Content-Transfer-Encoding: base64\r\n")
    ),
    "a header on two lines": form(Part("f", GIF, "x.gif", "text/plain", " more\r\n")),
    "a header twice": form(Part("f", GIF, "x.gif", "text/plain", "Content-Type: image/gif\r\n")),
    "headers that end in line feeds": form(Part("f", b"text", more="X: y\n\nGIF89a\r\n")),
    "a line feed before a header": form(Part("f", b"text", more="\nGIF89a: x\r\n")),
    "a line feed in a name": form(Part("f", b"text", more="GIF89a\n\n: x\r\n")),
    "a space in a name": form(Part("f", b"text", more="X : y\r\n")),
    "a boundary in the data": form(Part("a", f"text {MARK} text".encode())),
    "a boundary that goes on": form(Part("a", f"text\r\n{MARK}more\r\n".encode())),
    "line feeds alone": form(photo(GIF)).replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("size", [1, 5, 10_000])
@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_forms_that_readers_take_for_different_things_are_refused(body: bytes, size: int) -> None:
    with pytest.raises(MalformedError):
        read(body, size=size)


def test_some_reader_would_have_seen_the_file_behind_line_feeds() -> None:
    seen = list(read_by_werkzeug(REFUSED["a file behind line feeds"]))
    assert GIF in seen


def test_a_form_has_at_most_so_many_parts() -> None:
    reader = FormReader(FORM_TYPE, most_parts=3)
    with pytest.raises(MalformedError):
        list(reader.feed(form(*(Part(f"f{n}", b"") for n in range(4)))))


SNIPPETS = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"--", b"\r\n\r\n", b"\n\n", b":", b";", b'"', b'filename="'),
        *(b"\0", b"\t", b" ", b"=", b"%0d%0a", b"\xff", b"Content-Type: text/plain\r\n", GIF),
        *(MARK.encode(), f"\r\n{MARK}".encode(), f"\n{MARK}\n".encode(), BOUNDARY.encode()),
        b"Content-Transfer-Encoding: base64\r\n",
        b'Content-Disposition: form-data; name="f"; filename="x.gif"',
    ]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), SNIPPETS, st.integers(0, 3)), max_size=4)
WHOLE = form(Part("title", b"some text"), photo(GIF), Part("b", b"more", "b.txt", "text/plain"))


@given(EDITS)
@example([])
@example([(0.2, HIDDEN, 0)])
@example([(0.42, b"\n", 0)])
def test_what_is_read_here_every_framework_reads_alike(
    edits: list[tuple[float, bytes, int]],
) -> None:
    body = WHOLE
    for where, snippet, gone in edits:
        at = int(where * len(body))
        body = body[:at] + snippet + body[at + gone :]
    try:
        ours = read(body)
    except MalformedError:
        return
    for reader in READERS:
        try:
            theirs = list(reader(body))
        except THEIR_ERRORS:
            continue
        for content in theirs:
            # A text that is no UTF-8 is written with a sign of that.
            is_text = "\ufffd".encode() in content
            assert is_text or {*written(content)} & {*ours}, reader.__name__


def written(content: bytes) -> Iterable[bytes]:
    """What a field may have been before a framework took it for text; a file is itself."""
    yield content
    with suppress(UnicodeError):
        yield content.decode().encode("latin-1")
