"""Reads what a browser's upload form sends; small and strict."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BOUNDARY = re.compile(rb'boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?')
_NAME = re.compile(rb'\bname="([a-z_]{1,40})"')
_FILE = re.compile(rb'\bfilename="([^"]*)"')


class FormError(Exception):
    """The request is not a form as our page sends it."""


@dataclass(slots=True)
class Form:
    """Fields by name, and the file, if any.

    Attributes:
        fields: texts by name.
        file: bytes of the field ``media``; empty where none was chosen.
        ending: of the file's name, lower case, with the dot; empty where there is none.
    """

    fields: dict[str, str] = field(default_factory=dict)
    file: bytes = b""
    ending: str = ""


def read_form(content_type: str, body: bytes) -> Form:
    """Read a ``multipart/form-data`` body.

    Raises:
        FormError: it is something else, or damaged.
    """
    found = _BOUNDARY.search(content_type.encode("latin-1", "replace"))
    if not content_type.startswith("multipart/form-data") or found is None:
        raise FormError("want a form")
    form = Form()
    mark = b"\r\n--" + found[1]
    for part in (b"\r\n" + body).split(mark)[1:]:
        if part.startswith(b"--"):
            return form
        head, separator, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not separator or name is None:
            raise FormError("a part of the form is damaged")
        file = _FILE.search(head)
        if file is None:
            form.fields[name[1].decode()] = value.decode("utf-8", "replace")[:500]
        elif name[1] == b"media":
            form.file, form.ending = value, _ending(file[1])
    raise FormError("the form has no end")


def _ending(name: bytes) -> str:
    _, dot, ending = name.decode("utf-8", "replace").rpartition(".")
    return f".{ending.lower()}" if dot and re.fullmatch(r"[A-Za-z0-9]{1,5}", ending) else ""
