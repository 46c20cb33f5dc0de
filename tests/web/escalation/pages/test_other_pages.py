"""The other pages: the list, what came back, outcomes, stops, sites, providers, settings."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from chain_scene import answer, appeal, kin, make_scene, make_sender, mark, send, write_report
from staydown_web.accounts.models import Approval
from staydown_web.base.keys import erase_case_key
from staydown_web.base.sealing import installation_keys
from staydown_web.escalation.models import (
    Appeal,
    Escalation,
    Kinship,
    Mapping,
    ProviderContact,
    Report,
    Sender,
    Sighting,
)
from staydown_web.escalation.selectors.secrets import secrets
from staydown_web.escalation.services.remapping import take_new_maps
from staydown_web.escalation.services.sites import site_of_domain

pytestmark = pytest.mark.django_db


def get(client, name, *args):
    found = client.get(reverse(f"escalation:{name}", args=args))
    assert found.status_code == 200
    return found.text


def post(client, name, *args, **data):
    found = client.post(reverse(f"escalation:{name}", args=args), data, follow=True)
    assert found.status_code in (200, 400)
    return found.text


def test_what_waits_for_a_person_comes_first(reviewer_client, platform, now) -> None:
    make_sender(now)
    ended = make_scene(platform, now, domain="ended.example", services=2, state="ended")
    Escalation.objects.filter(pk=ended.escalation.pk).update(ended_at=now)
    waits = make_scene(platform, now, domain="waits.example", services=0, state="running")
    unread = make_scene(platform, now, domain="unread.example", services=2, state="running")
    for report in unread.reports:
        send(report, now)
    answer(unread.reports[0], "We looked at it.", now)
    to_sign = make_scene(platform, now, domain="sign.example", services=2)
    Report.objects.filter(escalation=ended.escalation).update(state="cancelled")
    text = get(reviewer_client, "list")
    order = re.findall(r"(sign|unread|waits|ended)\.example", text)
    assert order == ["sign", "unread", "waits", "ended"]
    assert to_sign.escalation.number > waits.escalation.number


def test_without_a_sender_the_list_says_that_nothing_can_leave(reviewer_client, platform) -> None:
    assert "Nothing can leave yet." in get(reviewer_client, "list")


def test_an_answer_is_folded_and_its_markup_is_text(reviewer_client, scene, now) -> None:
    report = send(scene.reports[0], now)
    reply = answer(report, "<b>We refuse.</b>", now)
    text = get(reviewer_client, "report", report.pk)
    assert "&lt;b&gt;We refuse.&lt;/b&gt;" in text
    assert "<details><summary>Show the answer</summary>" in text
    assert "It can be unpleasant to read" in text
    post(reviewer_client, "read", reply.pk)
    reply.refresh_from_db()
    assert reply.read_at is not None
    assert "Read by R-rita" in get(reviewer_client, "report", report.pk)


def test_an_outcome_is_recorded_and_an_empty_one_is_not(reviewer_client, scene, now) -> None:
    report = send(scene.reports[0], now)
    assert "This field is required." in post(reviewer_client, "outcome", report.pk)
    assert "Recorded." in post(reviewer_client, "outcome", report.pk, outcome="actioned")
    report.refresh_from_db()
    assert (report.outcome, report.outcome_by) == ("actioned", report.outcome_by)


def test_of_an_erased_case_the_pages_say_what_is_gone(reviewer_client, scene, now) -> None:
    report = send(scene.reports[0], now)
    answer(report, "We refuse.", now)
    appeal(scene.escalation, "It is lawful.", now)
    erase_case_key(installation_keys().folder, scene.case.pk)
    text = get(reviewer_client, "report", report.pk)
    assert "Its text was erased with the case." in text
    assert "We refuse." not in text
    text = get(reviewer_client, "chain", scene.escalation.number)
    assert "Its text was erased with the case. It cannot leave." in text
    gone = reverse("escalation:download", args=[report.pk])
    assert reviewer_client.get(gone).status_code == 404


def test_a_report_that_was_given_up_is_sent_again(reviewer_client, scene) -> None:
    report = scene.reports[0]
    Report.objects.filter(pk=report.pk).update(state="dead", tries=9)
    assert "Send it again" in get(reviewer_client, "report", report.pk)
    assert "It is sent again within a minute." in post(reviewer_client, "send_again", report.pk)
    report.refresh_from_db()
    assert (report.state, report.tries) == ("signed", 0)
    assert "nothing to send again" in post(reviewer_client, "send_again", report.pk)


def test_what_did_not_leave_stays_on_the_timeline(reviewer_client, scene) -> None:
    post(reviewer_client, "back", scene.reports[0].pk, reason="wrong_facts")
    text = get(reviewer_client, "chain", scene.escalation.number)
    assert "Report to Northwind Hosting sent back by a reviewer" in text


def test_an_escalation_is_stopped_with_a_reason_alone(reviewer_client, scene) -> None:
    number = scene.escalation.number
    assert "This field is required." in post(reviewer_client, "stop", number)
    text = post(reviewer_client, "stop", number, reason="site_answered")
    assert "Stopped. Nothing more of it leaves." in text
    assert "The site answered and acts" in text
    scene.escalation.refresh_from_db()
    assert scene.escalation.state == Escalation.State.STOPPED


def test_an_appeal_takes_the_same_answer_of_two_people(
    client_of, reviewer, reviewer_b, scene
) -> None:
    number = scene.escalation.number
    client = client_of(reviewer)
    post(client, "appeal", number, side="provider", text="It is lawful.")
    (made,) = Appeal.objects.all()
    assert "Another person must give the same one." in post(
        client, "answer_appeal", made.pk, do="refuse"
    )
    assert "You gave this answer already." in post(client, "answer_appeal", made.pk, do="refuse")
    post(client_of(reviewer_b), "answer_appeal", made.pk, do="refuse")
    made.refresh_from_db()
    assert made.state == Appeal.State.REFUSED


def test_what_an_appeal_says_is_folded(reviewer_client, scene, now) -> None:
    appeal(scene.escalation, "<i>lawful</i>", now)
    text = get(reviewer_client, "chain", scene.escalation.number)
    assert "&lt;i&gt;lawful&lt;/i&gt;" in text
    assert "Show what they wrote" in text


def test_the_kind_of_a_site_is_asked_of_a_second_person(client_of, reviewer, lead, scene) -> None:
    client = client_of(reviewer)
    text = post(client, "site_kind", scene.site.pk, kind="dedicated", reason="Its start page.")
    assert "Asked. It takes effect when another person grants it." in text
    assert "R-rita has asked to change it." in text
    scene.site.refresh_from_db()
    assert scene.site.kind == "user_content"
    (asked,) = Approval.objects.all()
    page = client_of(lead).get(reverse("review:approvals")).text
    assert "Treat a site as another kind" in page
    assert reverse("escalation:site", args=[scene.site.pk]) in page
    assert asked.what == "site_kind"


def test_that_a_site_is_not_asked_to_reply_is_asked_too(reviewer_client, scene) -> None:
    text = post(
        reviewer_client, "site_unsafe", scene.site.pk, unsafe_reason="extorts", reason="It wrote."
    )
    assert "Asked." in text
    assert "It is so already" in post(
        reviewer_client, "site_unsafe", scene.site.pk, unsafe_reason="", reason="It is."
    )


def test_a_contact_that_staff_enter_is_used_first(reviewer_client, scene) -> None:
    provider = scene.mapping.services.get(role="ads").provider
    wrong = post(
        reviewer_client, "provider", provider.pk, kind="email", address="nobody", detail="x"
    )
    assert "Enter an address such as abuse@provider.example." in wrong
    post(
        reviewer_client,
        "provider",
        provider.pk,
        kind="email",
        address="policy@adlane.example",
        detail="its help page",
    )
    made = ProviderContact.objects.get(address="policy@adlane.example")
    assert (made.state, made.source, made.entered_by.username) == ("usable", "staff", "rita")
    assert "policy@adlane.example" in get(reviewer_client, "chain", scene.escalation.number)
    post(reviewer_client, "contact", made.pk, do="stop")
    made.refresh_from_db()
    assert made.state == "refused"


def test_how_a_provider_answers_is_counted(reviewer_client, scene, now) -> None:
    report = send(scene.reports[0], now - timedelta(hours=5))
    Report.objects.filter(pk=report.pk).update(outcome="actioned", outcome_at=now)
    text = get(reviewer_client, "provider", report.provider_id)
    assert "1 of 1 (100%)" in text
    assert "5 hours" in text


def test_looking_again_asks_for_a_map_and_what_is_open_takes_it(
    reviewer_client, scene, now
) -> None:
    number = scene.escalation.number
    Mapping.objects.update(done_at=now - timedelta(days=1))
    assert "Asked. What is found shows here" in post(reviewer_client, "again", number)
    assert "Being looked up again" in get(reviewer_client, "chain", number)
    (asked,) = Mapping.objects.filter(state="due")
    assert take_new_maps(now) == 0
    Mapping.objects.filter(pk=asked.pk).update(state="done", done_at=now)
    assert take_new_maps(now) == 1
    scene.escalation.refresh_from_db()
    assert scene.escalation.mapping_id == asked.pk
    assert take_new_maps(now) == 0


def test_two_sites_are_compared_with_their_reasons(reviewer_client, scene, now) -> None:
    other = site_of_domain(domain="mirror.example", now=now)
    for site in (scene.site, other):
        mark(site, "ads_account", "pub-1234", now)
    pair = kin(scene.site, other, now)
    text = get(reviewer_client, "kinship")
    assert "pics.example and mirror.example" in text
    assert "1 account at an ad system; 14 banked pictures or videos" in text
    assert text.count("both</span>") == 2
    post(reviewer_client, "answer_kin", pair.pk, do="other")
    pair.refresh_from_db()
    assert pair.state == Kinship.State.REFUSED
    assert "No pair waits for you." in get(reviewer_client, "kinship")


def test_a_link_is_looked_at_by_two_people(client_of, reviewer, reviewer_b, fresh, now) -> None:
    notice = write_report(
        fresh.case, fresh.site, "Please remove it.", now, purpose="first_notice", channel="site"
    )
    Report.objects.filter(pk=notice.pk).update(state="delivered", due_at=now)
    client = client_of(reviewer)
    assert get(client, "links").count("Show the address") == 3
    place = fresh.case.locations.filter(state="elsewhere").first()
    assert "Choose what the link shows." in post(client, "saw", place.pk)
    post(client, "saw", place.pk, says="shows")
    assert get(client, "links").count("Show the address") == 2
    assert get(client_of(reviewer_b), "links").count("Show the address") == 3
    post(client_of(reviewer_b), "saw", place.pk, says="shows")
    assert Sighting.objects.filter(location=place, says="shows").count() == 2


SENDER = {
    "org": "Example Helpline",
    "contact_name": "Reports desk",
    "contact_email": "reports@helpline.example",
    "domain": "helpline.example",
    "appeal_email": "appeals@helpline.example",
    "reply_address": "replies@helpline.example",
    "ladder": "default",
}


def test_settings_say_what_is_missing_and_switch_on_when_it_is_there(admin_client, db) -> None:
    text = get(admin_client, "settings")
    assert "What is missing" in text
    assert "Organisation</a>" in text
    wrong = post(admin_client, "settings", do="on", org="Example Helpline", ladder="default")
    assert "This is needed before anything can leave." in wrong
    assert not Sender.objects.filter(is_on=True).exists()
    post(admin_client, "settings", do="on", **SENDER)
    assert Sender.objects.get().is_on
    post(admin_client, "settings", do="off", **SENDER)
    assert not Sender.objects.get().is_on


def test_a_secret_is_written_kept_and_never_shown(admin_client, db) -> None:
    post(admin_client, "settings", do="keep", **SENDER, aws_secret="very-secret")
    text = post(admin_client, "settings", do="keep", **SENDER)
    assert secrets("aws_secret") == "very-secret"
    assert "very-secret" not in text
    post(admin_client, "settings", do="keep", **SENDER, forget="aws_secret")
    assert secrets("aws_secret") == ""


def test_a_mailbox_that_is_not_there_is_said_in_words(admin_client, db) -> None:
    assert "No mailbox is set." in post(admin_client, "try_mail")
    post(admin_client, "settings", do="keep", **SENDER, imap_host="127.0.0.1", imap_port=1,
         imap_user="replies")  # fmt: skip
    assert "The mailbox does not answer" in post(admin_client, "try_mail")
