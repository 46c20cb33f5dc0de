"""The page of one escalation: the chain in words and as a drawing, and what waits."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from chain_scene import answer, make_scene, sign, watch, write_report
from staydown_web.escalation.models import Report, Watch

pytestmark = pytest.mark.django_db


def page(client, scene, **query):
    address = reverse("escalation:chain", args=[scene.escalation.number])
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.text


def test_it_says_whose_time_ended_and_that_there_is_proof(reviewer_client, scene) -> None:
    text = page(reviewer_client, scene)
    assert "Who keeps pics.example online" in text
    assert "Its 48 hours ended on Friday 20 November, 09:00 UTC without an answer." in text
    assert "The notice was delivered, with proof." in text


def test_a_site_that_answered_is_not_called_silent(reviewer_client, scene, now) -> None:
    notice = write_report(
        scene.case, scene.site, "Please remove it.", now, purpose="first_notice", channel="site",
        format="mail", state="delivered",
    )  # fmt: skip
    answer(notice, "Thank you for your letter.", now, kind="automatic")
    assert "without an answer" in page(reviewer_client, scene)
    answer(notice, "We will not.", now)
    text = page(reviewer_client, scene)
    assert "without an answer" not in text
    assert "It has answered" in text


@pytest.mark.parametrize("services", [0, 1, 6, 14])
def test_each_service_is_in_the_table_and_in_the_drawing(
    reviewer_client, platform, now, services
) -> None:
    scene = make_scene(platform, now, services=services)
    text = page(reviewer_client, scene)
    table = re.findall(r'<th scope="row">([^<]+)</th>', text)
    assert text.count('class="edge ') - text.count('M1 8h22"') == services
    assert len([role for role in table if role]) >= services
    assert ("No service was found" in text) == (services == 0)


def test_nothing_in_the_page_is_styled_in_place(reviewer_client, scene) -> None:
    text = page(reviewer_client, scene)
    assert " style=" not in text
    assert "<style" not in text


def test_the_report_that_was_chosen_is_shown_exactly(reviewer_client, fresh) -> None:
    second = fresh.reports[1]
    text = page(reviewer_client, fresh, report=second.pk)
    assert f'value="{second.digest}"' in text
    assert "&quot;xarf_version&quot;: &quot;4.2.0&quot;" in text
    assert "XARF 4, by mail, " in text


def test_the_first_signature_is_named_with_its_time(
    client_of, reviewer, reviewer_b, fresh, now
) -> None:
    sign(fresh.reports[0], reviewer, now)
    text = page(client_of(reviewer_b), fresh)
    assert "Signed by R-rita, 26 Nov, 09:00 UTC." in text
    assert "Sign and send" in text
    assert "Yours is the second signature." in text


def test_what_does_not_hold_keeps_the_button_away(reviewer_client, fresh) -> None:
    Watch.objects.update(looked_at=None)
    text = page(reviewer_client, fresh)
    assert "Not met:" in text
    assert "It cannot be signed while something above is not met." in text
    assert 'name="digest"' not in text


def test_who_signed_is_not_offered_to_sign_again(client_of, reviewer, scene, now) -> None:
    sign(scene.reports[0], reviewer, now)
    text = page(client_of(reviewer), scene)
    assert "Another person must sign too." in text
    assert "Take my signature back" in text
    assert "Sign and send" not in text


def test_how_the_links_stand_is_in_the_drawing(reviewer_client, scene, now) -> None:
    watch(scene, ("there", "gone", "there"), now)
    assert "3 links: 2 there, 1 gone" in page(reviewer_client, scene)


def test_what_could_not_be_read_is_said(reviewer_client, scene) -> None:
    assert "The site&#x27;s page was not read: the site asks programs to stay away." in page(
        reviewer_client, scene
    )


def test_an_escalation_that_is_not_there_is_said_so(reviewer_client) -> None:
    assert reviewer_client.get(reverse("escalation:chain", args=[7])).status_code == 404


def test_reports_that_left_are_listed_with_their_state(reviewer_client, scene) -> None:
    Report.objects.filter(pk=scene.reports[0].pk).update(state="delivered", outcome="")
    text = page(reviewer_client, scene)
    assert "What left, and what did not" in text
    assert "Delivered" in text
