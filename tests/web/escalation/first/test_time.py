"""Whose time runs, from when, and until when: by proof, by law, and else by our own rule."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from helpline_scene import make_caseworker, make_team
from staydown_web.accounts.models import User
from staydown_web.base.errors import FieldsError, NotAllowedError, RecordConflictError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Clock
from staydown_web.escalation.models import Report, Site
from staydown_web.escalation.selectors.first import (
    deadline_of,
    deadline_of_report,
    places_over,
    served_at,
    time_of,
)
from staydown_web.escalation.selectors.first_time import own_time, time_rule
from staydown_web.escalation.services.first import mark_pasted, start_first_clocks
from staydown_web.escalation.services.sites import site_of_domain

from .conftest import PICS, all_made, signed, to_engines, to_sites
from .test_making import add

HERE = "http://127.0.0.1:8161/media/1.jpg"
ON = date(2026, 11, 26)


def test_the_shortest_time_of_a_law_that_the_case_and_the_site_share() -> None:
    both = time_rule(
        filed_under=["us-tida", "in-it-rules"], binding=["us-tida", "in-it-rules"], on=ON
    )
    assert (both.law, both.length) == ("in-it-rules", timedelta(hours=2))
    one = time_rule(filed_under=["us-tida", "in-it-rules"], binding=["us-tida"], on=ON)
    assert (one.law, one.length) == ("us-tida", timedelta(hours=48))


@pytest.mark.parametrize(
    ("filed_under", "binding", "on"),
    [
        (["us-tida"], [], ON),  # the law does not bind the site
        (["eu-dsa"], ["eu-dsa"], ON),  # it binds, and names no number of hours
        (["us-tida"], ["us-tida"], date(2026, 5, 18)),  # the day before its first
        (["uk-osa"], ["uk-osa"], ON),  # its first day is not confirmed
        (["platform-terms"], ["platform-terms"], ON),
        ([], ["us-tida"], ON),
    ],
)
def test_where_no_law_sets_hours_it_is_our_own_time_and_is_called_so(
    filed_under: list[str], binding: list[str], on: date
) -> None:
    rule = time_rule(filed_under=filed_under, binding=binding, on=on)
    assert (rule.law, rule.length) == ("", timedelta(days=7))
    assert rule == own_time()


def delivered(report: Report, at: datetime) -> Report:
    """As the mailer leaves it: taken by the other side at this moment."""
    Report.objects.filter(pk=report.pk).update(state="delivered", sent_at=at, delivered_at=at)
    report.refresh_from_db()
    return report


@pytest.mark.django_db
@pytest.mark.usefixtures("sender")
class TestElsewhere:
    """Sites that do not run this service."""

    @pytest.fixture
    def case(self, filed: Any, pics: Site, now: datetime) -> Case:
        made: Case = filed(PICS)
        all_made(now)
        return made

    @pytest.mark.parametrize(
        "state",
        ["draft", "signed", "to_paste", "sent", "bounced", "dead", "sent_back", "cancelled"],
    )
    def test_no_time_runs_before_proof_of_delivery(
        self, case: Case, pics: Site, now: datetime, state: str
    ) -> None:
        Report.objects.filter(case=case).update(state=state, sent_at=now)
        assert served_at(case, pics) is None
        assert deadline_of(case, pics) is None
        assert start_first_clocks(now) == 0

    def test_a_letter_that_was_taken_starts_the_time_of_the_law(
        self, case: Case, pics: Site, now: datetime
    ) -> None:
        notice = delivered(to_sites(case)[0], now)
        assert start_first_clocks(now) == 1
        assert start_first_clocks(now) == 0
        notice.refresh_from_db()
        assert notice.due_at == now + timedelta(hours=48)
        assert served_at(case, pics) == now
        assert deadline_of(case, pics) == now + timedelta(hours=48)
        assert time_of(notice).law == "us-tida"

    def test_a_letter_that_comes_back_after_all_ends_the_time(
        self, case: Case, pics: Site, now: datetime
    ) -> None:
        notice = delivered(to_sites(case)[0], now)
        start_first_clocks(now)
        Report.objects.filter(pk=notice.pk).update(state="bounced")
        assert deadline_of(case, pics) is None

    def test_a_search_engine_has_our_own_time(self, case: Case, now: datetime) -> None:
        engine = delivered(to_engines(case)[0], now)
        start_first_clocks(now)
        engine.refresh_from_db()
        assert engine.due_at == now + timedelta(days=7)

    def test_a_link_that_was_told_later_has_a_time_of_its_own(
        self, case: Case, pics: Site, now: datetime
    ) -> None:
        delivered(to_sites(case)[0], now)
        later = now + timedelta(hours=40)
        add(case, later, "https://pics.example/v/9000")
        all_made(later)
        second = next(one for one in to_sites(case) if one.state == "draft")
        delivered(second, later)
        start_first_clocks(later)
        end = now + timedelta(hours=48)
        assert served_at(case, pics) == now
        assert deadline_of(case, pics) == end
        assert [one.position for one in places_over(case, pics, now=end)] == [1]
        assert len(places_over(case, pics, now=later + timedelta(hours=48))) == 2


@pytest.mark.django_db
class TestHere:
    """Platforms that run on this installation."""

    @pytest.fixture
    def site(self, now: datetime) -> Site:
        return site_of_domain(domain="127.0.0.1", now=now)

    def test_its_time_is_that_of_the_case(self, filed: Any, site: Site, now: datetime) -> None:
        case = filed(HERE)
        assert served_at(case, site) == now
        assert deadline_of(case, site) == now + timedelta(hours=48)

    def test_while_the_clock_stands_still_no_time_is_over(
        self, filed: Any, site: Site, now: datetime
    ) -> None:
        case = filed(HERE)
        Clock.objects.filter(notice__case=case).update(paused_at=now + timedelta(hours=1))
        assert deadline_of(case, site) is None

    def test_of_several_time_limits_the_last_counts(
        self, filed: Any, site: Site, now: datetime
    ) -> None:
        case = filed(HERE, regimes=["in-it-rules", "us-tida"])
        assert deadline_of(case, site) == now + timedelta(hours=48)

    def test_where_the_law_names_no_hours_it_is_our_own_time(
        self, filed: Any, site: Site, now: datetime
    ) -> None:
        case = filed(HERE, regimes=["eu-dsa"])
        assert deadline_of(case, site) == now + timedelta(days=7)

    def test_a_notice_that_is_not_complete_starts_nothing(
        self, filed: Any, site: Site, now: datetime
    ) -> None:
        case = filed(HERE, signature="")
        assert served_at(case, site) is None
        assert deadline_of(case, site) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("sender")
class TestPasting:
    """A person pasted a letter into a form, and says so."""

    @pytest.fixture
    def waiting(self, filed: Any, reviewer: User, now: datetime) -> Report:
        case = filed("https://www.reddit.com/r/example/1")
        all_made(now)
        return signed(to_sites(case)[0], reviewer, now)

    def test_it_is_the_proof_of_delivery_and_its_time_begins(
        self, waiting: Report, reviewer: User, now: datetime
    ) -> None:
        at = now + timedelta(minutes=9)
        done = mark_pasted(report_id=waiting.pk, remote_id=" 8831 ", at=at, user=reviewer, now=at)
        assert (done.state, done.sent_at, done.delivered_at) == ("delivered", at, at)
        assert done.remote_id == "8831"
        assert deadline_of_report(done) == at + timedelta(hours=48)
        proof = unseal_for_case(done.case_id, done.proof_box, context=f"report-proof:{done.pk}")
        assert proof["number"] == "8831"

    def test_it_is_said_once(self, waiting: Report, reviewer: User, now: datetime) -> None:
        given: dict[str, Any] = {"remote_id": "", "at": now, "user": reviewer, "now": now}
        mark_pasted(report_id=waiting.pk, **given)
        with pytest.raises(RecordConflictError):
            mark_pasted(report_id=waiting.pk, **given)

    @pytest.mark.parametrize(
        ("minutes", "number", "field"),
        [(60, "", "at"), (-60, "", "at"), (0, "9" * 201, "remote_id")],
    )
    def test_a_time_ahead_or_before_the_signature_is_refused(
        self, waiting: Report, reviewer: User, now: datetime, minutes: int, number: str, field: str
    ) -> None:
        at = now + timedelta(minutes=minutes)
        with pytest.raises(FieldsError) as wrong:
            mark_pasted(report_id=waiting.pk, remote_id=number, at=at, user=reviewer, now=now)
        assert field in wrong.value.fields
        waiting.refresh_from_db()
        assert waiting.state == "to_paste"

    def test_what_nobody_signed_cannot_have_been_sent(
        self, filed: Any, reviewer: User, now: datetime
    ) -> None:
        case = filed("https://www.reddit.com/r/example/1")
        all_made(now)
        draft = to_sites(case)[0]
        with pytest.raises(RecordConflictError):
            mark_pasted(report_id=draft.pk, remote_id="", at=now, user=reviewer, now=now)

    def test_a_caseworker_pastes_nothing(self, waiting: Report, now: datetime) -> None:
        mia = make_caseworker("mia", make_team("Helpline", now))
        with pytest.raises(NotAllowedError):
            mark_pasted(report_id=waiting.pk, remote_id="", at=now, user=mia, now=now)
