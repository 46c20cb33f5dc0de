"""The API as a page of our own: made from the OpenAPI, with nothing from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from staydown_web.accounts.services import KNOWN_SCOPES
from staydown_web.config.api import api

_HASH = "0123456789abcdef" * 4
"""A value that is well-formed and of no picture."""
_EXAMPLES = {
    ("post", "/api/v1/check"): {
        "signals": [{"type": "pdq", "value": _HASH, "quality": 90}],
        "content_ref": "post-7",
    },
    ("post", "/api/v1/check/batch"): {
        "checks": [{"signals": [{"type": "sha256", "value": _HASH}]}]
    },
    ("post", "/api/v1/hits"): {
        "hits": [
            {
                "content_ref": "file-7",
                "fingerprint": {
                    "version": 1,
                    "kind": "photo",
                    "signals": [{"type": "pdq", "value": _HASH, "quality": 90}],
                },
            }
        ]
    },
    ("post", "/api/v1/orders/{order_id}/answer"): {"state": "done", "note": "gone everywhere"},
    ("post", "/api/v1/replica/hits"): {
        "reports": [
            {
                "check_id": "$CHECK_ID",
                "verdict": "hold",
                "fingerprint": {
                    "version": 1,
                    "kind": "photo",
                    "signals": [{"type": "pdq", "value": _HASH, "quality": 90}],
                },
                "content_ref": "post-7",
            }
        ]
    },
}
_WITH_MEDIA = {("post", "/api/v1/check"): ("media=@photo.jpg", "content_ref=post-7")}
"""Fields of a form, for calls that take a file."""
_VARIABLE = re.compile(r'"\$([A-Z_]+)"')
"""In an example: what only the caller knows."""
_IN_PATH = re.compile(r"\{(\w+)\}")
Row = tuple[str, str, bool, str]


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as the page shows it.

    Attributes:
        anchor: its place on the page.
        method, path, title, words: what it is.
        inputs: parts of the name, where it goes, whether it is needed, and its meaning.
        kinds: content types of its body.
        answers: status and meaning.
        curl, python: how to make it.
        form: how to send it a file with curl; empty where it takes none.
        variables: what the examples take from a shell, besides the key.
        has_hash: True where the examples hold the value of a hash.
    """

    anchor: str
    method: str
    path: str
    title: str
    words: str
    inputs: list[tuple[list[str], str, bool, str]]
    kinds: list[str]
    answers: list[tuple[str, str]]
    curl: str
    python: str
    form: str
    variables: list[str]
    has_hash: bool


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every call with its inputs, answers and examples."""
    schema = api.get_openapi_schema()
    calls = [
        _call(path, method, found, schema["components"]["schemas"])
        for path, methods in schema["paths"].items()
        for method, found in methods.items()
    ]
    scopes = list(KNOWN_SCOPES.items())
    return render(request, "api_docs.html", {"calls": calls, "scopes": scopes})


def _call(path: str, method: str, found: dict[str, Any], named: Mapping[str, Any]) -> Call:
    body = found.get("requestBody", {}).get("content", {})
    example = _EXAMPLES.get((method, path))
    in_body = _VARIABLE.findall(json.dumps(example))
    return Call(
        anchor=found["operationId"],
        method=method.upper(),
        path=path,
        title=found.get("summary", ""),
        words=_with_code(found.get("description", "")),
        inputs=[
            (name.split("."), where, needed, _with_code(words))
            for name, where, needed, words in (*_parameters(found), *_fields(body, named))
        ],
        kinds=list(body),
        answers=[(str(status), row["description"]) for status, row in found["responses"].items()],
        curl=_curl(path, method, example),
        python=_python(path, method, example),
        form=_form(path, method),
        variables=[*(name.upper() for name in _IN_PATH.findall(path)), *in_body],
        has_hash=_HASH in json.dumps(example),
    )


def _with_code(words: str) -> SafeString:
    """The words, escaped, and what stands between backticks in them as code."""
    parts = enumerate(re.split("`+", words))
    shown = ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in parts)
    return format_html_join("", "{}", shown)


def _parameters(found: dict[str, Any]) -> list[Row]:
    return [
        (row["name"], row["in"], row.get("required", False), row.get("description", ""))
        for row in found.get("parameters", [])
    ]


def _fields(body: Mapping[str, Any], named: Mapping[str, Any]) -> list[Row]:
    rows = []
    for kind, content in body.items():
        where = "form" if "form" in kind else "JSON"
        rows += [
            (name, where, needed, words)
            for name, needed, words in _fields_of(content["schema"], named)
        ]
    return rows


def _fields_of(
    schema: Mapping[str, Any], named: Mapping[str, Any], above: str = ""
) -> Iterator[tuple[str, bool, str]]:
    """Name, whether it is needed, and meaning of each field, and of the fields inside it."""
    schema = _resolved(schema, named)
    for name, field in schema.get("properties", {}).items():
        inner = _resolved(field, named)
        path = f"{above}{name}"
        yield path, name in schema.get("required", ()), _meaning(inner, named)
        if inner.get("type") == "array":
            yield from _fields_of(inner["items"], named, f"{path}[].")
        else:
            yield from _fields_of(inner, named, f"{path}.")


def _resolved(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, where it is only called by its name."""
    reference = schema.get("$ref")
    return schema if reference is None else named[reference.rpartition("/")[2]]


def _meaning(field: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    """What is said of a field, what it may be, and how long."""
    said = [field.get("description") or _kind(field, named)]
    if "enum" in field:
        said.append("one of: " + ", ".join(map(str, field["enum"])))
    if "maxLength" in field:
        said.append(f"at most {field['maxLength']} characters")
    if "maxItems" in field:
        said.append(f"at most {field['maxItems']}")
    if "maximum" in field:
        said.append(f"{field.get('minimum', '')} to {field['maximum']}")
    return "; ".join(part for part in said if part)


def _kind(field: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    kind = str(field.get("format") or field.get("type", ""))
    if kind != "array":
        return "" if "enum" in field else kind
    items = _resolved(field["items"], named)
    return f"list: {items['description']}" if "description" in items else "list"


def _form(path: str, method: str) -> str:
    fields = _WITH_MEDIA.get((method, path))
    if fields is None:
        return ""
    return " \\\n".join([*_curl_lines(path, method), *(f"  -F {field}" for field in fields)])


def _curl_lines(path: str, method: str) -> list[str]:
    address = settings.STAYDOWN_URL + _IN_PATH.sub(lambda name: f"${name[1].upper()}", path)
    return [f"curl -X {method.upper()} {address}", '  -H "Authorization: Bearer $KEY"']


def _in_lines(example: Any) -> str:
    """JSON that is Python too: no example holds true, false or null."""
    return json.dumps(example, indent=2)


def _python_of(example: Any) -> str:
    return _VARIABLE.sub(lambda name: name[1].lower(), _in_lines(example))


def _curl(path: str, method: str, example: Any) -> str:
    lines = _curl_lines(path, method)
    if example is not None:
        # Out of the quotes that keep the JSON as it is, into those in which a shell sets it in.
        body = _VARIABLE.sub('"\'"$\\1"\'"', _in_lines(example))
        lines += ["  -H 'Content-Type: application/json'", f"  -d '{body}'"]
    return " \\\n".join(lines)


def _python(path: str, method: str, example: Any) -> str:
    sent = "" if example is None else indent(f"json={_python_of(example)},\n", "    ")
    mark = "f" if _IN_PATH.search(path) else ""
    return (
        "import httpx\n\n"
        f"answer = httpx.{method}(\n"
        f'    {mark}"{settings.STAYDOWN_URL}{path}",\n'
        '    headers={"Authorization": f"Bearer {key}"},\n'
        f"{sent})\n"
        "print(answer.json())"
    )
