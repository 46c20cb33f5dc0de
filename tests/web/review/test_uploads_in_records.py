"""A record names the upload of which an uploader is told, as far as its person may know it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pypdf import PdfReader

from review_scene import make_copy
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.reports.selectors.record_proofs import audit_parts
from staydown_web.reports.selectors.records import record_facts
from staydown_web.reports.services import make_record, make_statements, make_waiting_statements
from staydown_web.review import services, tasks

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(seconds=60), timedelta(hours=1)
TOLD = "Item 1: who asked was told before who uploaded it"
OTHER = f"{TOLD} (another upload, at no address that was named)"


def decided(task: Any, user: Any, now: Any) -> None:
    facts = "It shows a person. A person looked at it and decided."
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts=facts, user=user, now=now - MINUTE
    )
    services.make_decisions_firm(now)
    make_statements(now)
    make_waiting_statements(now)


@pytest.fixture
def case(noticed: Any, platform: Any, reviewer: Any, today: Any) -> Case:
    """Two uploads of one item were removed: at the address of the notice, and one that was held."""
    made, task = noticed("same", "citrus.jpg")
    decided(task, reviewer, today)
    entry = made.items.get().claims.get().entry
    held = make_copy(platform, entry, today, match=("same", 0.97, {}), group="another upload")
    tasks.take_in(today)
    decided(held.tasks.get(), reviewer, today + HOUR)
    return made


@pytest.mark.parametrize("for_staff", [False, True])
def test_each_upload_is_named_by_its_address_or_as_another(
    case: Case, today: Any, for_staff: bool
) -> None:
    later = today + 2 * HOUR
    make_record(case=case, with_details=False, language="en", now=later)  # signs the audit's tree
    view = person_view(case=case, is_unveiled=True, now=later)
    facts = record_facts(case=case, view=view, with_details=False, for_staff=for_staff, now=later)
    address = facts["places"][0]["address"]
    (table,) = [one for one in audit_parts(facts) if one["kind"] == "table"]
    said = [str(row[2]) for row in table["rows"] if TOLD in str(row[2])]
    assert said == [f"{TOLD} ({address})", OTHER]


def test_the_record_says_that_orders_about_other_uploads_are_not_in_it(
    case: Case, today: Any
) -> None:
    made = make_record(case=case, with_details=False, language="en", now=today + 2 * HOUR)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        document = json.loads(archive.read("record.json"))
        pages = PdfReader(io.BytesIO(archive.read("record.pdf"))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Only orders about what lies at the addresses that were named are listed." in text
    assert "copies that were held at upload, are not in this record" in text
    jsonschema.validate(document, json.loads(Path("docs/document.schema.json").read_text()))
