"""Nothing leaves without two different people over the very bytes that leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helpline_scene import make_caseworker, make_team
from policy_scene import World, escalate, see
from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.base.errors import NotAllowedError, RecordConflictError
from staydown_web.base.sealing import seal_for_case, unseal_for_case
from staydown_web.cases.models import Case
from staydown_web.escalation.formats.facts import Composed
from staydown_web.escalation.models import Appeal, Report, Sender, Sighting
from staydown_web.escalation.selectors.policy_private import claims_duty
from staydown_web.escalation.selectors.policy_signing import checks_of_report
from staydown_web.escalation.services.reporting import body_digest, make_ready_reports
from staydown_web.escalation.services.signing import send_back, sign_report, undo_signature

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(world: World) -> Report:
    """A report to the host that nobody has signed."""
    escalate(world)
    make_ready_reports(world.now)
    return Report.objects.get(purpose="provider", role="host")


def sign(report: Report, user: User, world: World) -> Report:
    return sign_report(report_id=report.pk, digest=report.digest, user=user, now=world.now)


def test_two_people_let_it_leave(draft: Report, world: World) -> None:
    assert sign(draft, world.reviewers[0], world).state == "draft"
    signed = sign(draft, world.reviewers[1], world)
    assert (signed.state, signed.next_try_at) == ("signed", world.now)
    whats = Event.objects.filter(subject=f"report:{draft.pk}").values_list("what", flat=True)
    assert list(whats) == ["report_made", "report_signed", "report_signed"]


def test_one_person_is_not_two(draft: Report, world: World) -> None:
    sign(draft, world.reviewers[0], world)
    with pytest.raises(NotAllowedError):
        sign(draft, world.reviewers[0], world)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_caseworker_never_signs(draft: Report, world: World) -> None:
    caseworker = make_caseworker("dora", make_team("Helpline", world.now))
    with pytest.raises(NotAllowedError):
        sign(draft, caseworker, world)
    with pytest.raises(NotAllowedError):
        send_back(report_id=draft.pk, reason="wrong_text", user=caseworker, now=world.now)


def test_another_text_than_was_shown_is_not_signed(draft: Report, world: World) -> None:
    with pytest.raises(RecordConflictError, match="changed since"):
        sign_report(report_id=draft.pk, digest="0" * 64, user=world.reviewers[0], now=world.now)


def test_a_body_that_is_not_the_stored_one_is_not_signed(draft: Report, world: World) -> None:
    change_body(draft, "Send us money.")
    with pytest.raises(RecordConflictError, match="not the one that was stored"):
        sign(draft, world.reviewers[0], world)


def test_a_signature_over_an_older_text_does_not_count(draft: Report, world: World) -> None:
    sign(draft, world.reviewers[0], world)
    body = change_body(draft, "\nAnother line.", is_more=True)
    Report.objects.filter(pk=draft.pk).update(digest=body_digest(body))
    draft.refresh_from_db()
    assert sign(draft, world.reviewers[1], world).state == "draft"
    assert sign(draft, world.reviewers[2], world).state == "signed"


def change_body(report: Report, text: str, *, is_more: bool = False) -> str:
    context = f"report:{report.pk}"
    held: dict[str, Any] = unseal_for_case(report.case_id, report.box or b"", context=context)
    held["body"] = held["body"] + text if is_more else text
    box = seal_for_case(report.case_id, held, context=context)
    Report.objects.filter(pk=report.pk).update(box=box)
    report.refresh_from_db()
    return str(held["body"])


def test_ones_own_signature_can_be_taken_back_before_the_second(
    draft: Report, world: World
) -> None:
    sign(draft, world.reviewers[0], world)
    with pytest.raises(RecordConflictError):
        undo_signature(report_id=draft.pk, user=world.reviewers[1], now=world.now)
    undo_signature(report_id=draft.pk, user=world.reviewers[0], now=world.now)
    assert sign(draft, world.reviewers[1], world).state == "draft"
    assert sign(draft, world.reviewers[0], world).state == "signed"
    with pytest.raises(RecordConflictError):
        undo_signature(report_id=draft.pk, user=world.reviewers[0], now=world.now)


def test_what_is_sent_back_never_leaves(draft: Report, world: World) -> None:
    sign(draft, world.reviewers[0], world)
    back = send_back(
        report_id=draft.pk, reason="wrong_text", user=world.reviewers[1], now=world.now
    )
    assert (back.state, back.signs.count()) == ("sent_back", 0)
    with pytest.raises(RecordConflictError):
        sign(draft, world.reviewers[1], world)
    with pytest.raises(RecordConflictError):
        send_back(report_id=draft.pk, reason="nonsense", user=world.reviewers[1], now=world.now)


def test_something_of_hers_in_the_text_is_not_signed(draft: Report, world: World) -> None:
    body = change_body(draft, "\nAsked by Ana Example.", is_more=True)
    Report.objects.filter(pk=draft.pk).update(digest=body_digest(body))
    draft.refresh_from_db()
    with pytest.raises(RecordConflictError, match="private"):
        sign(draft, world.reviewers[0], world)


@pytest.mark.parametrize(
    "words",
    [
        "You must act within 48 hours.",
        "Sie müssen binnen 48 Stunden handeln.",
        "Debe actuar en 48 horas.",
        "Vous devez agir en 48 heures.",
        "The TAKE IT DOWN Act binds you.",
    ],
)
def test_a_claim_that_the_duty_binds_the_provider_is_not_signed(
    draft: Report, world: World, words: str
) -> None:
    body = change_body(draft, f"\n{words}", is_more=True)
    Report.objects.filter(pk=draft.pk).update(digest=body_digest(body))
    draft.refresh_from_db()
    with pytest.raises(RecordConflictError, match="duty"):
        sign(draft, world.reviewers[0], world)


def test_a_site_that_is_called_after_the_duty_can_be_reported() -> None:
    body = "Report of 48-hours.example\n\nhttps://48-hours.example/take-it-down-act/48-hours.html\n"
    composed = Composed(
        format="mail", body=body, media_type="text/plain", subject="48hours.example"
    )
    assert not claims_duty(composed)
    assert claims_duty(replace(composed, body="It has 48 hours."))


@pytest.mark.parametrize("key", ["links", "agreed", "sender", "no_appeal", "kind", "lawful"])
def test_nothing_is_signed_after_something_changed(draft: Report, world: World, key: str) -> None:
    sign(draft, world.reviewers[0], world)
    match key:
        case "links":
            see(world.watches[0], "there", world.now - timedelta(hours=25))
        case "agreed":
            Case.objects.update(providers_agreed_at=None)
        case "sender":
            Sender.objects.update(is_on=False)
        case "no_appeal":
            Appeal.objects.create(escalation=draft.escalation, side="site", made_at=world.now)
        case "kind":
            Report.objects.filter(pk=draft.pk).update(targets_domain=True)
        case _:
            key = "links"
            Sighting.objects.filter(user=world.reviewers[0]).update(says="lawful")
    draft.refresh_from_db()
    unmet = [one.key for one in checks_of_report(draft, world.now) if not one.is_met]
    assert unmet == [key]
    with pytest.raises(RecordConflictError, match=key):
        sign(draft, world.reviewers[1], world)
    draft.refresh_from_db()
    assert draft.state == "draft"
