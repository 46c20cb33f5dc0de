"""Signing on the pages: only what was shown, by two people, and what is said when it cannot be."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from staydown_web.audit.models import Event
from staydown_web.escalation.models import Report, SignOff

pytestmark = pytest.mark.django_db


def post(client, name, pk, **data):
    answer = client.post(reverse(f"escalation:{name}", args=[pk]), data, follow=True)
    assert answer.status_code == 200
    found = re.findall(
        r'<div class="note (?:done|heed)" role="status">.*?<p>(.*?)</p>', answer.text
    )
    return found[0] if found else ""


def test_two_people_sign_and_the_report_leaves(
    client_of, reviewer, reviewer_b, fresh, settings
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    report = fresh.reports[0]
    said = post(client_of(reviewer), "sign", report.pk, digest=report.digest)
    assert said == "Signed. Another person must sign the report to Northwind Hosting too."
    said = post(client_of(reviewer_b), "sign", report.pk, digest=report.digest)
    assert said == "Signed. The report to Northwind Hosting leaves within a minute."
    report.refresh_from_db()
    assert report.state == Report.State.SIGNED


def test_where_no_mail_can_be_sent_the_page_says_so(
    client_of, reviewer, reviewer_b, fresh, settings
) -> None:
    settings.STAYDOWN_MAIL_READY = False
    report, client = fresh.reports[0], client_of(reviewer_b)
    post(client_of(reviewer), "sign", report.pk, digest=report.digest)
    said = post(client, "sign", report.pk, digest=report.digest)
    waits = "It leaves once a mail server is set: this installation cannot send mail yet."
    assert said == f"It is signed. {waits}"
    shown = client.get(reverse("escalation:report", args=[report.pk])).text
    assert waits in shown
    assert "leaves now" not in shown


def test_a_text_that_changed_since_it_was_shown_is_not_signed(reviewer_client, fresh) -> None:
    report = fresh.reports[0]
    said = post(reviewer_client, "sign", report.pk, digest="0" * 64)
    assert said == "The text has changed since it was shown. Read it again, then sign."
    assert not SignOff.objects.exists()


def test_nobody_signs_twice(client_of, reviewer, fresh) -> None:
    report, client = fresh.reports[0], client_of(reviewer)
    post(client, "sign", report.pk, digest=report.digest)
    said = post(client, "sign", report.pk, digest=report.digest)
    assert said == "You have signed it already. Another person must sign too."
    assert SignOff.objects.count() == 1


def test_a_signature_is_taken_back(client_of, reviewer, fresh) -> None:
    report, client = fresh.reports[0], client_of(reviewer)
    post(client, "sign", report.pk, digest=report.digest)
    assert post(client, "undo", report.pk) == "Your signature is taken back."
    assert not SignOff.objects.exists()


def test_a_report_is_sent_back_with_a_reason_alone(reviewer_client, fresh) -> None:
    report = fresh.reports[0]
    assert post(reviewer_client, "back", report.pk) == "Choose why the report does not leave."
    said = post(reviewer_client, "back", report.pk, reason="wrong_facts")
    assert said == "The report to Northwind Hosting does not leave."
    report.refresh_from_db()
    assert report.state == Report.State.SENT_BACK


def test_what_is_shown_before_signing_is_what_is_downloaded(reviewer_client, fresh) -> None:
    report = fresh.reports[0]
    answer = reviewer_client.get(reverse("escalation:download", args=[report.pk]))
    assert answer["Content-Disposition"].startswith('attachment; filename="report-')
    assert str(fresh.case.number) not in answer["Content-Disposition"]
    import hashlib

    assert hashlib.sha256(answer.content).hexdigest() == report.digest


@pytest.mark.parametrize("name", ["report", "chain", "download"])
def test_each_look_at_a_letter_is_an_event_of_her_case(
    reviewer, reviewer_client, fresh, name
) -> None:
    report = fresh.reports[0]
    wanted = report.escalation.number if name == "chain" else report.pk
    address = reverse(f"escalation:{name}", args=[wanted])
    assert reviewer_client.get(address, {"report": report.pk}).status_code == 200
    seen = Event.objects.get(what="case_viewed")
    assert (seen.case_id, seen.actor) == (report.case_id, f"user:{reviewer.pk}")


def test_a_look_at_a_letter_that_was_erased_shows_nothing_and_is_none(
    reviewer_client, fresh
) -> None:
    Report.objects.update(box=None)
    reviewer_client.get(reverse("escalation:report", args=[fresh.reports[0].pk]))
    assert not Event.objects.filter(what="case_viewed").exists()
