"""Whatever happens in whatever order: nothing leaves that should not, and everything is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_scene import World, add_service, make_proven_case
from staydown_web.accounts.services import grant_approval
from staydown_web.audit.models import Event
from staydown_web.audit.services import record_event
from staydown_web.base.errors import NotAllowedError, RecordError
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services.withdrawing import ask_withdrawal
from staydown_web.escalation.models import (
    Appeal,
    Escalation,
    Look,
    Mapping,
    Report,
    SignOff,
    Site,
    Watch,
)
from staydown_web.escalation.selectors.policy_steps import CORRECTION
from staydown_web.escalation.services.appeals import answer_appeal, record_appeal
from staydown_web.escalation.services.kinds import carry_out_site_approvals, set_site_kind
from staydown_web.escalation.services.ladders import USER_CONTENT_ROLES
from staydown_web.escalation.services.opening import open_due_escalations
from staydown_web.escalation.services.outcomes import record_outcome
from staydown_web.escalation.services.reporting import body_digest, make_ready_reports
from staydown_web.escalation.services.reporting_advance import advance_escalations
from staydown_web.escalation.services.sending.checks import must_wait, open_box, why_not
from staydown_web.escalation.services.signing import send_back, sign_report, undo_signature
from staydown_web.escalation.services.stopping import UNSENT, stop_escalation
from staydown_web.escalation.services.stopping_news import follow_news

pytestmark = pytest.mark.django_db
OVER = ("ended", "stopped")


class Story:
    """Acts on one site with two cases, and remembers what left."""

    def __init__(self, world: World) -> None:
        self.world, self.now = world, world.now
        self.left: list[tuple[Any, ...]] = []

    def act(self, name: str, first: int, second: int) -> None:
        """One thing happens; what the service refuses has no effect."""
        with suppress(RecordError, NotAllowedError), transaction.atomic():
            ACTIONS[name](self, first, second)

    def user(self, number: int) -> Any:
        return self.world.reviewers[number % 3]

    def report(self, number: int) -> Report:
        rows = list(Report.objects.filter(purpose="provider").order_by("made_at", "role", "pk"))
        if not rows:
            raise RecordError("there is none")
        return rows[number % len(rows)]

    def escalation(self, number: int) -> Escalation:
        rows = list(Escalation.objects.order_by("number"))
        if not rows:
            raise RecordError("there is none")
        return rows[number % len(rows)]

    def jobs(self, _first: int = 0, _second: int = 0) -> None:
        for job in (follow_news, carry_out_site_approvals, open_due_escalations):
            job(self.now)
        make_ready_reports(self.now)
        advance_escalations(self.now)

    def sign(self, first: int, second: int) -> None:
        report = self.report(second)
        sign_report(report_id=report.pk, digest=report.digest, user=self.user(first), now=self.now)

    def sign_all(self, first: int, _second: int) -> None:
        for report in Report.objects.filter(state="draft", purpose="provider"):
            with suppress(RecordError, NotAllowedError), transaction.atomic():
                sign_report(
                    report_id=report.pk, digest=report.digest, user=self.user(first), now=self.now
                )

    def undo(self, first: int, second: int) -> None:
        undo_signature(report_id=self.report(second).pk, user=self.user(first), now=self.now)

    def back(self, first: int, second: int) -> None:
        send_back(
            report_id=self.report(second).pk, reason="other", user=self.user(first), now=self.now
        )

    def send(self, _first: int, _second: int) -> None:
        """Delivery, by its own last look at each report; forms are pasted."""
        Report.objects.filter(state="to_paste").update(state="signed", next_try_at=self.now)
        rows = Report.objects.filter(state="signed", purpose="provider")
        for report in rows.select_related("case", "escalation", "site"):
            box = open_box(report)
            if why_not(report, box) or must_wait(report):
                continue
            self.left.append(self.seen(report, box.body))
            Report.objects.filter(pk=report.pk).update(
                state="delivered",
                sent_at=self.now,
                delivered_at=self.now,
                due_at=self.now + timedelta(hours=72),
            )

    def seen(self, report: Report, body: str) -> tuple[Any, ...]:
        digest = body_digest(body)
        signs = SignOff.objects.filter(report=report, digest=digest)
        assert len(set(signs.values_list("user_id", flat=True))) >= 2
        escalation = report.escalation
        assert escalation is not None
        assert report.channel == CORRECTION or escalation.state not in OVER
        if report.site.kind == Site.Kind.USER_CONTENT and report.channel != CORRECTION:
            assert not report.targets_domain
            assert report.role in USER_CONTENT_ROLES
        return (report.case_id, report.provider_id, report.role, report.facts_digest)

    def hours(self, first: int, _second: int) -> None:
        self.now += timedelta(hours=(1, 6, 25, 73)[first % 4])

    def look(self, first: int, _second: int) -> None:
        rows = Watch.objects.all() if first % 2 else Watch.objects.filter(location__position=1)
        rows.update(looked_at=self.now)

    def gone(self, first: int, _second: int) -> None:
        watches = list(Watch.objects.order_by("pk"))
        chosen = watches if first % 3 == 0 else watches[:1]
        ids = [one.pk for one in chosen]
        Watch.objects.filter(pk__in=ids).update(state="gone", looked_at=self.now)

    def come_back(self, _first: int, _second: int) -> None:
        for watch in Watch.objects.filter(state="gone"):
            Watch.objects.filter(pk=watch.pk).update(state="back", looked_at=self.now)
            Look.objects.create(watch=watch, state="back", at=self.now)

    def answer(self, first: int, second: int) -> None:
        outcome = ("refused", "no_answer", "actioned", "wrong_contact")[first % 4]
        record_outcome(report_id=self.report(second).pk, outcome=outcome, system=True, now=self.now)

    def map(self, first: int, _second: int) -> None:
        role = ("host", "registrar", "payment", "network")[first % 4]
        if Mapping.objects.exists():
            add_service(
                self.world.site, role, f"More{first}", self.now, address="abuse@more.example"
            )

    def stop(self, first: int, second: int) -> None:
        stop_escalation(
            escalation_id=self.escalation(second).pk, reason="staff", user=self.user(first),
            now=self.now,
        )  # fmt: skip

    def appeal(self, _first: int, second: int) -> None:
        escalation = self.escalation(second)
        record_appeal(escalation_id=escalation.pk, side="site", text="No.", now=self.now)

    def settle(self, first: int, second: int) -> None:
        appeal = Appeal.objects.filter(state="open").first()
        if appeal is not None:
            answer_appeal(
                appeal_id=appeal.pk, upholds=bool(second % 3 == 0), user=self.user(first),
                now=self.now,
            )  # fmt: skip

    def overturn(self, _first: int, _second: int) -> None:
        item, _is_new = Item.objects.get_or_create(
            case=self.world.case, position=1, answer="kept",
            defaults={"added_at": self.now, "state_at": self.now, "answered_at": self.now},
        )  # fmt: skip
        Location.objects.filter(case=self.world.case).update(item=item)
        record_event(what="answer_noted", actor="system", at=self.now, case_id=self.world.case.pk)

    def withdraw(self, _first: int, _second: int) -> None:
        self.world.case.refresh_from_db()
        ask_withdrawal(case=self.world.case, now=self.now)

    def consent(self, _first: int, _second: int) -> None:
        Case.objects.filter(pk=self.world.case.pk).update(providers_agreed_at=None)
        record_event(
            what="providers_ended", actor="person", at=self.now, case_id=self.world.case.pk
        )

    def kind(self, first: int, _second: int) -> None:
        kind = ("user_content", "dedicated")[first % 2]
        asked = set_site_kind(
            site_id=self.world.site.pk, kind=kind, reason="so", user=self.user(0), now=self.now
        )
        grant_approval(approval_id=asked.pk, user=self.user(1), now=self.now)
        carry_out_site_approvals(self.now)


ACTIONS: dict[str, Callable[[Story, int, int], None]] = {
    "jobs": Story.jobs,
    "sign": Story.sign,
    "sign_all": Story.sign_all,
    "undo": Story.undo,
    "back": Story.back,
    "send": Story.send,
    "hours": Story.hours,
    "look": Story.look,
    "gone": Story.gone,
    "come_back": Story.come_back,
    "answer": Story.answer,
    "map": Story.map,
    "stop": Story.stop,
    "appeal": Story.appeal,
    "settle": Story.settle,
    "overturn": Story.overturn,
    "withdraw": Story.withdraw,
    "consent": Story.consent,
    "kind": Story.kind,
}
# What a story is mostly made of; the rest happens now and then.
USUAL = ("jobs", "sign_all", "sign", "send", "hours", "look")
STEPS = st.tuples(
    st.one_of(st.sampled_from(USUAL), st.sampled_from(sorted(ACTIONS))),
    st.integers(0, 5),
    st.integers(0, 11),
)


@settings(
    max_examples=15,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=6, max_size=24), is_dedicated=st.booleans())
def test_nothing_leaves_that_should_not(
    world: World, platform: Any, steps: list[tuple[str, int, int]], is_dedicated: bool
) -> None:
    with transaction.atomic():
        if is_dedicated:
            Site.objects.filter(pk=world.site.pk).update(kind="dedicated")
        make_proven_case(platform, world.reviewers, world.now, links=1)
        story = Story(world)
        story.jobs()
        for name, first, second in steps:
            story.act(name, first, second)
            check(story)
        transaction.set_rollback(True)


def test_the_usual_story_reaches_the_domain(world: World) -> None:
    """The stories above are worth something: without trouble everything does leave."""
    Site.objects.filter(pk=world.site.pk).update(kind="dedicated")
    story = Story(world)
    for _ in range(3):
        for name, first in (
            ("look", 1), ("jobs", 0), ("sign_all", 0), ("sign_all", 1), ("send", 0), ("jobs", 0),
            ("hours", 3), ("look", 1), ("jobs", 0),
        ):  # fmt: skip
            story.act(name, first, 0)
            check(story)
    roles = {role for _case, _provider, role, _digest in story.left}
    assert {"host", "cdn", "payment", "registrar"} <= roles


def check(story: Story) -> None:
    """What holds after everything that can happen."""
    assert len(story.left) == len(set(story.left)), "the same facts left twice"
    waiting = Report.objects.filter(escalation__state__in=OVER, state__in=UNSENT)
    assert not waiting.exclude(channel=CORRECTION).exists(), "a stop left something behind"
    subjects = set(Event.objects.values_list("what", "subject"))
    for pk, state in Escalation.objects.values_list("pk", "state"):
        assert ("escalation_opened", f"escalation:{pk}") in subjects
        if state in OVER:
            assert (f"escalation_{state}", f"escalation:{pk}") in subjects
    for pk, state in Report.objects.filter(purpose="provider").values_list("pk", "state"):
        assert ("report_made", f"report:{pk}") in subjects
        if state in {"cancelled", "sent_back"}:
            assert (f"report_{state}", f"report:{pk}") in subjects
    forbidden = Report.objects.filter(site__kind="user_content", state__in=UNSENT)
    forbidden = forbidden.filter(purpose="provider").exclude(channel=CORRECTION)
    assert not forbidden.filter(targets_domain=True).exists()
    assert not forbidden.exclude(role__in=USER_CONTENT_ROLES).exists()
