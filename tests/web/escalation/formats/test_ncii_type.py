"""The proposal of a type is sound: its schema holds, its examples fit, the forbidden is refused."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing
import referencing.jsonschema

PAGE = (Path(__file__).parents[4] / "docs" / "xarf-ncii.md").read_text()
SCHEMA, *EXAMPLES = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
]
FORBIDDEN: dict[str, Any] = {
    "screenshot_url": "https://pics.example/shot.png",
    "depicted_name": "Robin Example",
    "depicted_person": {"name": "Robin Example"},
    "image_hashes": ["pdq:00"],
    "caption": "text of the page",
    "affected_organization": "none",
    "target_brand": "none",
    "sample_records": [{"redacted_sample": "x"}],
    "whois": {"registrant": "Robin Example"},
    "depicted_age": "minor",
    "type": "csam",
    "law": "a law that was not said to be the basis",
    "basis": "law",
    "evidence": [{"content_type": "image/png", "payload": "AA=="}],
    "prior_notice": {"state": "no_answer", "by": "Robin Example"},
    "urls": [],
}


def validator() -> jsonschema.Draft202012Validator:
    schemas = files("xarf") / "schemas"
    parts = [schemas / "xarf-core.json", schemas / "types" / "content-base.json"]
    loaded = [json.loads(part.read_text()) for part in parts] + [SCHEMA]
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(
        (one["$id"], referencing.jsonschema.DRAFT202012.create_resource(one)) for one in loaded
    )
    return jsonschema.Draft202012Validator(
        SCHEMA, registry=registry, format_checker=jsonschema.FormatChecker()
    )


def wrong_in(report: dict[str, Any]) -> list[str]:
    return [error.message for error in validator().iter_errors(report)]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["type"] == {"const": "ncii"}


def test_there_are_two_examples_and_they_fit() -> None:
    assert len(EXAMPLES) == 2
    for example in EXAMPLES:
        assert wrong_in(example) == []


@pytest.mark.parametrize("name", list(FORBIDDEN))
@pytest.mark.parametrize("example", EXAMPLES, ids=["links", "site"])
def test_what_must_never_be_in_it_is_refused(example: dict[str, Any], name: str) -> None:
    assert wrong_in({**example, name: FORBIDDEN[name]}) != []


@pytest.mark.parametrize("name", SCHEMA["required"])
def test_what_is_needed_is_needed(name: str) -> None:
    assert wrong_in({key: value for key, value in EXAMPLES[0].items() if key != name}) != []


def test_a_list_of_links_in_plain_text_is_allowed_as_evidence() -> None:
    evidence = [{"content_type": "text/plain", "payload": "aHR0cHM6Ly9waWNzLmV4YW1wbGUvMQ=="}]
    assert wrong_in({**EXAMPLES[0], "evidence": evidence}) == []


def test_the_table_and_the_schema_name_the_same_fields() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \| (?:yes|no|with)", PAGE, re.MULTILINE))
    own = set(SCHEMA["properties"]) - {"type", "evidence"}
    assert rows == own | {"url", "verified_at"}
    assert set(SCHEMA["required"]) <= rows
