"""What docs/api.md says is what happens; the page at /api/v1/docs stands on its own."""

from __future__ import annotations

import ast
import html
import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

import staydown
from staydown_web.actions.models import Order
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db(transaction=True)

REPLICA = "/api/v1/replica/hits"
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


def order_on(copy: Copy | None, now: datetime) -> Order | None:
    if copy is None:
        return None
    made = {"seq": 1, "platform": copy.platform, "copy": copy, "what": Order.What.HOLD}
    return Order.objects.create(**made, made_at=now)


def test_the_examples_of_the_page_of_the_api_are_taken(
    client, platform, key_for, seed, drawn_fingerprint, now
):
    seed(drawn_fingerprint(1))
    _, key = key_for(platform, "check", "library", "orders", "replica")
    value = drawn_fingerprint(1).signals[0].value
    order = None
    text = client.get("/api/v1/docs").content.decode()
    examples = [
        html.unescape(one) for one in re.findall(r'"With curl">(.+?)</pre>', text, re.DOTALL)
    ]
    examples = [one for one in examples if "-d '" in one]
    assert len(examples) >= 5
    for said in examples:
        order = order or order_on(Copy.objects.first(), now)
        path, body = sent_by(said, KEY=key, ORDER_ID=str(order and order.pk), CHECK_ID=str(uuid4()))
        headers = {"Authorization": f"Bearer {key}"}
        if "value" in body:  # as printed
            answer = client.post(path, body, content_type="application/json", headers=headers)
            if path != REPLICA:
                row = answer.json()
                assert row.get("answers", [row])[0]["verdict"] == "clear", (path, row)
        given = re.sub(r"[0-9a-f]{64}", value, body)
        answer = client.post(path, given, content_type="application/json", headers=headers)
        if path == REPLICA:  # the key has no agreement; the body was read before
            assert answer.json()["code"] == "not_allowed"
            continue
        assert answer.status_code == 200, (path, answer.content)
        assert "problem" not in answer.content.decode(), path


def sent_by(example: str, **variables: str) -> tuple[str, str]:
    """Path and body that a shell hands to curl, for an example as it is printed."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{example}"
    ran = subprocess.run(
        ["/bin/sh", "-eu", "-c", script],
        env=variables,
        check=True,
        capture_output=True,
        text=True,
    )
    words = ran.stdout.split("\0")
    assert f"Authorization: Bearer {variables['KEY']}" in words
    [address] = [word for word in words if word.startswith("http://")]
    return "/" + address.split("/", 3)[3], words[words.index("-d") + 1]


def rows_of(text: str, anchor: str) -> dict[str, tuple[str, str]]:
    """Field -> whether it is needed and what is said of it, of one call on the page."""
    part = text.split(f'id="{anchor}"', 1)[1].split("</table>", 1)[0].replace("<wbr>", "")
    rows = re.findall(
        r"<code>([^<]+)</code></th><td>(?:JSON|form|path|header|query)</td>"
        r'<td data-label="Needed">(yes|no)</td>'
        r"<td>(.*?)</td>",
        part,
    )
    return {name: (needed, html.unescape(said)) for name, needed, said in rows}


def test_the_example_with_a_file_is_taken(client, platform, key_for):
    _, key = key_for(platform, "check")
    text = html.unescape(client.get("/api/v1/docs").content.decode())
    path, ref = re.search(
        r"curl -X POST http://\S+?(/api/\S+) [^<]*?"
        r"-F media=@photo\.jpg \\\n  -F content_ref=(\S+?)<",
        text,
    ).groups()
    photo = Path(staydown.__file__).parent / "demo_media" / "bridge.jpg"
    with photo.open("rb") as file:
        answer = client.post(
            path, {"media": file, "content_ref": ref}, headers={"Authorization": f"Bearer {key}"}
        )
    assert answer.json()["verdict"] == "clear"
    assert text.count("is an example, and that of no picture") == 4, "once for each with a hash"


def bare_parts(schema: dict, named: dict, path: str = "") -> set[str]:
    """Parts of a body that are lists or records of nothing that is told."""
    if "$ref" in schema:
        return bare_parts(named[schema["$ref"].split("/")[-1]], named, path)
    found = set()
    if schema.get("type") == "object" and not schema.get("properties"):
        found.add(path)
    if schema.get("type") == "array" and not schema.get("items"):
        found.add(path)
    for name, field in schema.get("properties", {}).items():
        found |= bare_parts(field, named, f"{path}.{name}")
    return found | (bare_parts(schema["items"], named, f"{path}[]") if "items" in schema else set())


def test_no_part_of_a_body_is_only_called_a_record_or_a_list(client, db):
    document = client.get("/api/v1/openapi.json").json()
    for methods in document["paths"].values():
        for found in methods.values():
            for content in found.get("requestBody", {}).get("content", {}).values():
                bare = bare_parts(content["schema"], document["components"]["schemas"])
                assert not bare, found["operationId"]
    text = client.get("/api/v1/docs").content.decode()
    hits = rows_of(text, document["paths"]["/api/v1/hits"]["post"]["operationId"])
    assert hits["hits[].matches[].entry_id"][0] == "yes"
    assert "hits[].match.evidence.time_span.query_start_s" in hits
    reports = rows_of(text, document["paths"]["/api/v1/replica/hits"]["post"]["operationId"])
    assert "pdq" in reports["reports[].fingerprint.signals[].type"][1]


def body_fields(schema: dict, named: dict, above: str = "") -> set[str]:
    """Every field of a body, written a second time and plainly: what the page has to show."""
    if "$ref" in schema:
        return body_fields(named[schema["$ref"].split("/")[-1]], named, above)
    if schema.get("type") == "array":
        return body_fields(schema["items"], named, f"{above}[]")
    found = set()
    for name, field in schema.get("properties", {}).items():
        path = f"{above}.{name}" if above else name
        found |= {path} | body_fields(field, named, path)
    return found


def test_the_page_of_the_api_shows_every_field_of_every_body(client, db):
    text = client.get("/api/v1/docs").content.decode()
    document = client.get("/api/v1/openapi.json").json()
    seen = 0
    for methods in document["paths"].values():
        for found in methods.values():
            for content in found.get("requestBody", {}).get("content", {}).values():
                wanted = body_fields(content["schema"], document["components"]["schemas"])
                assert wanted, found["operationId"]
                assert wanted <= rows_of(text, found["operationId"]).keys()
                seen += 1
    assert seen >= 6
    answer = rows_of(
        text, document["paths"]["/api/v1/orders/{order_id}/answer"]["post"]["operationId"]
    )
    assert answer["state"] == ("yes", "one of: done, failed")
    assert answer["note"][1].endswith("at most 300 characters")
    check = rows_of(text, document["paths"]["/api/v1/check"]["post"]["operationId"])
    assert "pdq" in check["signals[].type"][1]


def test_an_example_has_a_body_where_the_call_needs_one(client, db):
    text = html.unescape(client.get("/api/v1/docs").content.decode())
    document = client.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for found in methods.values():
            part = text.split(f'id="{found["operationId"]}"', 1)[1].split("</section>", 1)[0]
            needs = "requestBody" in found
            assert ("  -d '{" in part, "    json={" in part) == (needs, needs), path
            curl = part.split('aria-label="With curl">', 1)[1].split("</pre>")[0]
            assert "/{" not in curl, "curl takes braces of an address for a choice"
            said = {*re.findall("<code>([A-Z_]+)</code>", part.split("<pre", 1)[0])} - {"KEY"}
            assert {*re.findall(r"\$([A-Z_]+)", curl)} == {"KEY", *said}, path
            if needs:
                python = part.split('aria-label="With Python">', 1)[1].split("</pre>")[0]
                values = dict.fromkeys(said, str(uuid4()))
                assert sent_in_python(python, values) == json.loads(
                    sent_by(curl, KEY="k", **values)[1]
                )


def sent_in_python(example: str, variables: dict[str, str]) -> object:
    """The body of an example as it is printed, with its names bound to values."""
    call = next(node for node in ast.walk(ast.parse(example)) if is_post(node))
    [body] = [word.value for word in call.keywords if word.arg == "json"]
    names = {name.lower(): value for name, value in variables.items()}
    for node in ast.walk(body):
        if isinstance(node, ast.Dict):
            node.values = [
                ast.Constant(names[one.id]) if isinstance(one, ast.Name) else one
                for one in node.values
            ]
    return ast.literal_eval(body)


def is_post(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "httpx.post"


def test_names_in_what_is_said_are_shown_as_code(client, db):
    text = client.get("/api/v1/docs").content.decode()
    assert "`" not in text
    assert "<td>only these, such as <code>pdq,sha256</code></td>" in text
    assert "calls wait already" in text
    assert "&lt;" not in re.sub("<pre.+?</pre>", "", text, flags=re.DOTALL), "nothing escaped twice"


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
