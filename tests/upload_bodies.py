"""Bodies of uploads, written byte by byte, so that tests can also write wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BOUNDARY = "----boundary7MA4YWxkTrZu0gW"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True, slots=True)
class Part:
    """A field, or a file where it has a name."""

    field: str
    data: bytes
    name: str | None = None
    content_type: str = ""
    more: str = ""
    """Header lines besides, each with its line break."""

    def headers(self) -> bytes:
        name = "" if self.name is None else f'; filename="{self.name}"'
        kind = f"Content-Type: {self.content_type}\r\n" if self.content_type else ""
        said = f'Content-Disposition: form-data; name="{self.field}"{name}\r\n'
        return f"{said}{kind}{self.more}\r\n".encode()


def photo(data: bytes, field: str = "photo", name: str = "photo.jpg") -> Part:
    """A photo as a browser sends it."""
    return Part(field, data, name, "image/jpeg")


def form(*parts: Part, boundary: str = BOUNDARY) -> bytes:
    """A form as a browser sends it."""
    mark = f"--{boundary}".encode()
    return (
        b"".join(mark + b"\r\n" + p.headers() + p.data + b"\r\n" for p in parts) + mark + b"--\r\n"
    )


def pieces(body: bytes, size: int) -> Sequence[bytes]:
    """A body in pieces."""
    return [body[at : at + size] for at in range(0, len(body), size)]
