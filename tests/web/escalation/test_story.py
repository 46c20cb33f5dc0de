"""From a link on a site that answers nobody to the day it is gone, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from chain_scene import make_sender
from little_internet import Answer, little_internet
from little_internet.certificates import client_context
from little_internet.letters import answer_to
from little_internet.scenarios import HOST, ordinary
from little_internet.world import Net
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.base.sealing import seal
from staydown_web.cases.forms import Answers, Filing
from staydown_web.cases.models import Case
from staydown_web.cases.services import agree_to_providers, file_case
from staydown_web.escalation.models import Escalation, Report, Watch
from staydown_web.escalation.selectors.policy_private import private_of
from staydown_web.escalation.selectors.replies import replies_of
from staydown_web.escalation.selectors.watches import of_case
from staydown_web.escalation.services.first import (
    make_first_notices,
    set_channel,
    start_first_clocks,
)
from staydown_web.escalation.services.mapping import make_due_mappings
from staydown_web.escalation.services.opening import open_due_escalations
from staydown_web.escalation.services.outcomes import record_outcome
from staydown_web.escalation.services.receiving import mark_read, take_in_mail
from staydown_web.escalation.services.reporting import make_ready_reports
from staydown_web.escalation.services.reporting_advance import advance_escalations
from staydown_web.escalation.services.sending import send_due_reports, settle_delivered
from staydown_web.escalation.services.sightings import record_sighting
from staydown_web.escalation.services.signing import sign_report
from staydown_web.escalation.services.sites import site_of_domain
from staydown_web.escalation.services.stopping_news import follow_news
from staydown_web.escalation.services.watching import look_at_due, watch_due_places
from staydown_web.portal.selectors.providers import providers_of

pytestmark = pytest.mark.django_db
PAGE = Answer("<title>Holiday pictures</title><h1>One of many</h1>")
PATHS = ("/v/8831", "/v/8832")
SITE_DESK, HOST_DESK = "desk@pics.little", "abuse@northwind.little"


@pytest.fixture
def net(settings, now: datetime) -> Iterator[Net]:
    """One site, its host, its registrar; letters leave by it and answers come to it."""
    with little_internet(ordinary().scenario("story")) as running:
        for name, value in running.mail_settings().items():
            setattr(settings, name, value)
        running.clock.move(seconds=(now - running.clock()).total_seconds())
        make_sender(
            now,
            imap_host=running.imap.host,
            imap_port=running.imap.port,
            imap_user=running.imap.user,
            secrets_box=seal(
                json.dumps({"imap_password": running.imap.password}).encode(), context="sender"
            ),
        )
        yield running


@pytest.fixture
def staff(user_named: Callable[..., User]) -> list[User]:
    """Two reviewers."""
    return [user_named("heron"), user_named("wren")]


@pytest.fixture
def case(platform: Platform, now: datetime, net: Net) -> Case:
    """Two links on the site; she said yes."""
    made = file(platform, now)
    net.web.sites[HOST] |= dict.fromkeys(PATHS, PAGE)
    agree_to_providers(case=made, now=now)
    made.refresh_from_db()
    return made


def file(platform: Platform, now: datetime) -> Case:
    """A complete notice by links alone."""
    answers = Answers(
        statement="Someone I was with put it there to hurt me.",
        signature="Ada Nightingale Example",
        name="Ada Nightingale Example",
        email="ada@mail.example",
        is_good_faith=True,
    )
    filing = Filing(
        way="link",
        acts_as="self",
        is_adult_in_picture=True,
        language="en",
        regimes=["us-tida"],
        files=[],
        platform=platform,
        urls=[f"https://{HOST}{path}" for path in PATHS],
        answers=answers,
    )
    return file_case(filing=filing, now=now).case


def look(net: Net, times: int = 4) -> None:
    """Every link whose turn it is, one after the other."""
    watch_due_places(net.clock())
    for _ in range(times):
        look_at_due(now=net.clock(), clock=net.clock, ways=net.ways())
        net.clock.move(minutes=2)


def sign_all(reports: list[Report], people: list[User], now: datetime) -> None:
    for report in reports:
        for user in people:
            sign_report(report_id=report.pk, digest=report.digest, user=user, now=now)


def leave(net: Net) -> None:
    """What is signed leaves, and its quiet time passes."""
    send_due_reports(now=net.clock(), clock=net.clock, fetcher=net.fetcher())
    net.clock.move(hours=2)
    settle_delivered(net.clock())


def tell_site(net: Net, case: Case, staff: list[User]) -> Report:
    """The site's channel is entered, its notice signed by one person, delivered."""
    set_channel(
        site=site_of_domain(domain=HOST, now=net.clock()),
        kind="mail",
        address=SITE_DESK,
        source="https://pics.little/contact",
        language="en",
        laws=["us-tida"],
        user=staff[0],
        now=net.clock(),
    )
    while make_first_notices(net.clock()):
        pass
    notice = Report.objects.get(case=case, purpose="first_notice")
    sign_all([notice], staff[:1], net.clock())
    leave(net)
    start_first_clocks(net.clock())
    notice.refresh_from_db()
    return notice


def test_from_the_first_notice_to_the_day_it_is_gone(
    net: Net, case: Case, staff: list[User]
) -> None:
    # The first notice, proven; its clock runs by itself.
    notice = tell_site(net, case, staff)
    assert (notice.state, notice.due_at is not None) == ("delivered", True)
    assert [letter.to for letter in net.smtp.letters] == [SITE_DESK]
    engines = Report.objects.filter(case=case, purpose="delisting")
    assert engines.exists()

    # Looked at; two people say what the links show.
    look(net)
    assert {row.state for row in of_case(case)} == {Watch.State.THERE}
    for place in case.locations.all():
        for user in staff:
            record_sighting(location_id=place.pk, says="shows", user=user, now=net.clock())

    # Before its time is over nothing begins; after it, everything does.
    assert open_due_escalations(net.clock()) == 0
    net.clock.move(hours=48)
    look(net)
    assert open_due_escalations(net.clock()) == 1
    assert make_due_mappings(now=net.clock(), clock=net.clock, ways=net.ways()) == 1
    make_ready_reports(net.clock())
    escalation = Escalation.objects.get()
    drafts = list(escalation.reports.filter(state="draft"))
    assert {report.role for report in drafts} == {"host"}
    assert drafts[0].contact is not None
    assert drafts[0].contact.address == HOST_DESK

    # One signature is none; with two it leaves, once, and says nothing of her.
    sign_all(drafts, staff[:1], net.clock())
    leave(net)
    assert len(net.smtp.letters) == 1
    sign_all(drafts, staff[1:], net.clock())
    leave(net)
    leave(net)
    letter = net.smtp.letters[-1]
    assert [one.to for one in net.smtp.letters] == [SITE_DESK, HOST_DESK]
    text = letter.raw.decode("utf-8", "replace")
    private = [one for one in private_of(case) if len(one) > 5]
    assert private
    assert not any(one in text for one in private)

    # It answers: text alone is kept, and a person says what came of it.
    net.imap.add(
        answer_to(
            letter.raw,
            "We have removed the files.",
            sender=HOST_DESK,
            html="<b>We</b>",
            attachments=[("image/png", b"\x89PNG")],
        )
    )
    assert take_in_mail(now=net.clock(), tls=client_context()) == 1
    report = escalation.reports.get(role="host")
    (reply,) = replies_of(report)
    assert "We have removed the files." in reply.text
    assert "<b>" not in reply.text
    assert reply.left_out == 2
    mark_read(reply_id=reply.id, user=staff[0], now=net.clock())
    record_outcome(report_id=report.pk, outcome="actioned", user=staff[0], now=net.clock())

    # The links are gone at the next looks: it ends, and her page says so.
    net.web.sites[HOST] |= dict.fromkeys(PATHS, Answer("gone", 410))
    for _ in range(3):
        net.clock.move(hours=30)
        look(net)
    follow_news(net.clock())
    advance_escalations(net.clock())
    escalation.refresh_from_db()
    assert {row.state for row in of_case(case)} == {Watch.State.GONE}
    assert escalation.state == Escalation.State.ENDED
    hers = providers_of(case)
    assert "They acted" in [row.words for row in hers.letters]
    assert {row.words for row in hers.looks} == {"Gone when we looked"}
    # Nothing asked for more than it had to, and nothing reached the inside.
    assert net.canary.is_silent
    told = set(Event.objects.filter(case_id=case.pk).values_list("what", flat=True))
    assert {"providers_agreed", "report_signed", "report_sent", "report_delivered"} <= told


def test_without_her_yes_nothing_is_written_looked_at_or_mapped(
    net: Net, platform: Platform, now: datetime
) -> None:
    file(platform, now)
    make_first_notices(now)
    look(net)
    open_due_escalations(now)
    assert not Report.objects.exists()
    assert not Watch.objects.exists()
    assert net.requests == []
    assert net.smtp.letters == []
