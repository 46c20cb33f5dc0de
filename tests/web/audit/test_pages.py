"""The page of the chain, and its command."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from staydown_web.audit.models import Event
from staydown_web.audit.services import NewEvent, make_checkpoint, record_event, record_events
from staydown_web.cases.models import Case

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db
PAGE = "/staff/audit/"


def test_leads_and_administrators_read_it_and_reviewers_do_not(
    lead_client, admin_client, reviewer_client
) -> None:
    record_event(what="case_filed", actor="person", at=NOW, case_id=uuid4(), facts={"items": 2})
    make_checkpoint(now=NOW, is_due=True)
    for client in (lead_client, admin_client):
        page = client.get(PAGE).content.decode()
        assert "case_filed" in page
        assert "items=2" in page
    assert reviewer_client.get(PAGE).status_code == 403
    assert lead_client.post(PAGE).status_code == 405


def test_events_are_found_by_case_and_kind_and_looking_is_an_event(lead_client, lead) -> None:
    case = uuid4()
    record_events(
        [NewEvent("case_filed", "person", NOW, case), NewEvent("copy_held", "system", NOW)]
    )
    page = lead_client.get(PAGE, {"case": str(case)}).content.decode()
    assert "copy_held</span>" not in page
    looked = Event.objects.get(what="audit_viewed")
    assert (looked.case_id, looked.actor) == (case, f"user:{lead.pk}")
    assert "case_filed</span>" not in lead_client.get(PAGE, {"what": "copy_held"}).content.decode()


@pytest.mark.parametrize(
    "query", ["case=zz", "before=x", "what=<b>", "before=99999999999999999999"]
)
def test_odd_questions_are_answered_calmly(lead_client, query: str) -> None:
    record_event(what="case_filed", actor="person", at=NOW)
    response = lead_client.get(f"{PAGE}?{query}")
    assert response.status_code == 200
    assert b"<b>" not in response.content


def test_older_events_are_a_page_further(lead_client) -> None:
    record_events([NewEvent("copy_held", "system", NOW) for _ in range(60)])
    page = lead_client.get(PAGE).content.decode()
    assert "before=11" in page
    older = lead_client.get(PAGE, {"before": "11"}).content.decode()
    assert "Newest" in older
    assert "before=" not in older


def test_the_command_proves_the_chain_and_ends_in_an_error_where_it_is_broken() -> None:
    record_events([NewEvent("copy_held", "system", NOW) for _ in range(3)])
    make_checkpoint(now=NOW, is_due=True)
    said = StringIO()
    call_command("audit-verify", stdout=said)
    assert said.getvalue() == "whole: 3 events and 1 signature hold\n"
    Event.objects.filter(seq=2).update(what="copy_freed")
    with pytest.raises(CommandError, match="broken at event 2"):
        call_command("audit-verify")


def test_a_key_kept_elsewhere_proves_it(tmp_path: Path) -> None:
    record_event(what="copy_held", actor="system", at=NOW)
    make_checkpoint(now=NOW, is_due=True)
    shown = StringIO()
    call_command("audit-verify", "--public-key", stdout=shown)
    kept = tmp_path / "audit.pem"
    kept.write_text(shown.getvalue())
    call_command("audit-verify", "--key", str(kept), stdout=StringIO())
    kept.write_text("no key")
    with pytest.raises(CommandError, match="no public key"):
        call_command("audit-verify", "--key", str(kept))


def test_a_case_is_found_by_the_number_that_people_know(lead_client, platform) -> None:
    case = Case.objects.create(
        number="C-7Q2M-4KXR", filed_at=NOW, touched_at=NOW, platform=platform, language="en"
    )
    record_events(
        [NewEvent("case_filed", "person", NOW, case.pk), NewEvent("copy_held", "system", NOW)]
    )
    page = lead_client.get(PAGE, {"case": " c-7q2m-4kxr"}).content.decode()
    assert "case_filed</span>" in page
    assert "copy_held</span>" not in page
    assert Event.objects.get(what="audit_viewed").case_id == case.pk
    unknown = lead_client.get(PAGE, {"case": "C-2222-2222"}).content.decode()
    assert "No case has this number." in unknown
    assert "copy_held</span>" not in unknown
