"""What docs/api.md says is what happens; the page at /api/v1/docs stands on its own."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


def example(name: str) -> tuple[str, dict]:
    """The first line of an example where it is a call, and its JSON."""
    block = re.search(rf"<!-- example: {name} -->\n```json\n(.+?)```", PAGE, re.DOTALL)
    text = block.group(1)
    if text.startswith("POST"):
        line, _, text = text.partition("\n")
        return line.split()[1], json.loads(text)
    return "", json.loads(text)


def test_the_examples_of_the_page_work(client, platform, key_for, seed, drawn_fingerprint):
    entry = seed(drawn_fingerprint(1))
    _, key = key_for(platform, "check", "library")
    headers = {"Authorization": f"Bearer {key}"}

    def post(path: str, body: dict):
        return client.post(path, body, content_type="application/json", headers=headers).json()

    path, body = example("check")
    body["signals"][0]["value"] = drawn_fingerprint(1).signals[0].value
    answer = post(path, body)
    _, shown = example("answer")
    assert {**answer, "check_id": "ID"} == shown

    path, body = example("library")
    body["hits"][0]["matches"][0]["entry_id"] = str(entry.pk)
    assert post(path, body)["answers"][0]["verdict"] == "hold"
    assert Copy.objects.count() == 2

    assert post("/api/v1/check", {}) == example("problem")[1]


def test_the_examples_of_the_page_of_the_api_are_taken(
    client, platform, key_for, drawn_fingerprint
):
    _, key = key_for(platform, "check", "library")
    value = drawn_fingerprint(1).signals[0].value
    text = html.unescape(client.get("/api/v1/docs").content.decode())
    examples = re.findall(r"curl -X POST http://\S+?(/api/\S+) .*?-d '(.+?)'\n?<", text, re.DOTALL)
    assert len(examples) >= 3
    for path, body in examples:
        given = body.replace("<64 hex digits>", value)
        answer = client.post(
            path, given, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
        )
        assert answer.status_code == 200, (path, answer.content)
        assert "problem" not in answer.content.decode(), path


def test_the_page_of_the_api_shows_every_call_and_needs_nothing_from_outside(client, db):
    response = client.get("/api/v1/docs")
    text = response.content.decode()

    assert response.status_code == 200
    assert "Content-Security-Policy" in response
    for path in client.get("/api/v1/openapi.json").json()["paths"]:
        assert path in text
    assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []
    assert re.findall(r'<script(?![^>]*\ssrc="/static/)', text) == [], "none in the page itself"
    assert "style=" not in text
