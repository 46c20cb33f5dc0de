"""The API as a page of our own: made from the OpenAPI, with nothing from outside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from staydown_web.accounts.services import KNOWN_SCOPES
from staydown_web.config.api import api

_EXAMPLES = {
    ("post", "/api/v1/check"): {
        "signals": [{"type": "pdq", "value": "<64 hex digits>", "quality": 90}],
        "content_ref": "post-7",
    },
    ("post", "/api/v1/check/batch"): {
        "checks": [{"signals": [{"type": "sha256", "value": "<64 hex digits>"}]}]
    },
    ("post", "/api/v1/hits"): {
        "hits": [
            {
                "content_ref": "file-7",
                "fingerprint": {
                    "version": 1,
                    "kind": "photo",
                    "signals": [{"type": "pdq", "value": "<64 hex digits>", "quality": 90}],
                },
            }
        ]
    },
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as the page shows it.

    Attributes:
        anchor: its place on the page.
        method, path, title, words: what it is.
        inputs: name, where it goes, whether it is needed, and its meaning.
        kinds: content types of its body.
        answers: status and meaning.
        curl, python: how to make it.
    """

    anchor: str
    method: str
    path: str
    title: str
    words: str
    inputs: list[tuple[str, str, bool, str]]
    kinds: list[str]
    answers: list[tuple[str, str]]
    curl: str
    python: str


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every call with its inputs, answers and examples."""
    schema = api.get_openapi_schema()
    calls = [
        _call(path, method, found)
        for path, methods in schema["paths"].items()
        for method, found in methods.items()
    ]
    scopes = list(KNOWN_SCOPES.items())
    return render(request, "api_docs.html", {"calls": calls, "scopes": scopes})


def _call(path: str, method: str, found: dict[str, Any]) -> Call:
    body = found.get("requestBody", {}).get("content", {})
    example = _EXAMPLES.get((method, path))
    return Call(
        anchor=found["operationId"],
        method=method.upper(),
        path=path,
        title=found.get("summary", ""),
        words=found.get("description", ""),
        inputs=[*_parameters(found), *_fields(body)],
        kinds=list(body),
        answers=[(str(status), row["description"]) for status, row in found["responses"].items()],
        curl=_curl(path, method, example),
        python=_python(path, method, example),
    )


def _parameters(found: dict[str, Any]) -> list[tuple[str, str, bool, str]]:
    return [
        (row["name"], row["in"], row.get("required", False), row.get("description", ""))
        for row in found.get("parameters", [])
    ]


def _fields(body: dict[str, Any]) -> list[tuple[str, str, bool, str]]:
    rows = []
    for kind, content in body.items():
        schema = content["schema"]
        where = "form" if "form" in kind else "JSON"
        for name, field in schema.get("properties", {}).items():
            needed = name in schema.get("required", ())
            rows.append((name, where, needed, field.get("description", field.get("type", ""))))
    return rows


def _curl(path: str, method: str, example: Any) -> str:
    address = f"{settings.STAYDOWN_URL}{path}"
    lines = [f"curl -X {method.upper()} {address}", '  -H "Authorization: Bearer $KEY"']
    if example is not None:
        lines += ["  -H 'Content-Type: application/json'", f"  -d '{json.dumps(example)}'"]
    return " \\\n".join(lines)


def _python(path: str, method: str, example: Any) -> str:
    sent = "" if example is None else f"    json={example!r},\n"
    return (
        "import httpx\n\n"
        f"answer = httpx.{method}(\n"
        f'    "{settings.STAYDOWN_URL}{path}",\n'
        '    headers={"Authorization": f"Bearer {key}"},\n'
        f"{sent})\n"
        "print(answer.json())"
    )
