"""A case in every state that its page can show, each made by the services that lead there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chain_scene import Scene, make_map, make_report, make_sender, send, watch, write_report
from partner_scene import give, make_list, make_member, tell
from review_scene import STATEMENT, fingerprint_of_file, found, make_copy, place_copy
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.banks.models import Entry
from staydown_web.base.clock import utc_now
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Item, Location, Message
from staydown_web.cases.services import (
    agree_to_partners,
    agree_to_providers,
    ask_withdrawal,
    close_for_minor,
    file_case,
    send_message,
    settle_item,
)
from staydown_web.cases.services.clock_pauses import pause_clock
from staydown_web.cases.services.clock_warnings import advance_clocks
from staydown_web.cases.services.erasing import erase_case
from staydown_web.cases.services.settling import settle_location
from staydown_web.escalation.models import Escalation
from staydown_web.escalation.services.sites import site_of_domain
from staydown_web.exchanges.models import Exchange
from staydown_web.federation.models import Member
from staydown_web.review import services, tasks
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.screening.models import Copy

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAME = "citrus.jpg"
SITE = "pics.example"
SAID_BY_HER = "It is me. I never agreed."
FACTS = "It shows a bowl of fruit."
UPLOADERS = "It is art, and I made it."


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a state is played.

    Attributes:
        platform: to which she writes.
        url: where a copy is served.
        first: a reviewer.
        second: another one.
    """

    platform: Platform
    url: str
    first: User
    second: User


def file(
    stage: Stage, ago: timedelta, *, law: str = "us-tida", more: Sequence[str] = (), **answers: Any
) -> Case:
    """A notice of one picture, at one address and some more unless it is a threat."""
    given = {
        "statement": STATEMENT,
        "signature": "Anna Example",
        "is_good_faith": True,
        "name": "Anna Example",
        "email": "anna@mail.example",
        "declarations": frozenset({"on_service", "role"}),
        **answers,
    }
    is_threat = law == "platform-terms"
    filing = Filing(
        way=Case.Way.THREATENED if is_threat else Case.Way.PUBLISHED,
        acts_as=Case.ActsAs.SELF,
        is_adult_in_picture=True,
        language="en",
        regimes=[law],
        urls=[] if is_threat else [stage.url, *more],
        files=[FiledFile(fingerprint_of_file(NAME), name=NAME)],
        answers=Answers(**given),
        platform=stage.platform,
    )
    return file_case(filing=filing, now=utc_now() - ago).case


def fresh(stage: Stage, ago: timedelta = 3 * HOUR) -> Case:
    """Complete, and nobody has looked yet."""
    return file(stage, ago)


def incomplete(stage: Stage) -> Case:
    """No signature."""
    return file(stage, 3 * HOUR, signature="")


def threatened(stage: Stage) -> Case:
    """Nothing was uploaded yet."""
    return file(stage, DAY, law="platform-terms")


def let_go(stage: Stage) -> Case:
    """Its picture may show a minor, as was found in another case: no fingerprint of it is kept."""
    case = threatened(stage)
    close_for_minor(case=fresh(stage), actor="system", now=utc_now() - HOUR)
    return case


def let_go_removed(stage: Stage) -> Case:
    """The same of what was removed for her before."""
    case = removed(stage)
    close_for_minor(case=fresh(stage), actor="system", now=utc_now() - HOUR)
    return case


def threatened_removed(stage: Stage) -> Case:
    """It came after all, and a copy was removed at upload."""
    case = threatened(stage)
    Entry.objects.filter(claims__item__case=case).update(state="confirmed", confirmed_at=utc_now())
    settle_item(item=case.items.get(), state=Item.State.REMOVED, actor="system",
                now=utc_now() - HOUR, answered_at=utc_now() - HOUR)  # fmt: skip
    return case


def threatened_kept(stage: Stage) -> Case:
    """It came after all, and a reviewer found that it stays."""
    case = threatened(stage)
    settle_item(item=case.items.get(), state=Item.State.KEPT, actor="system",
                now=utc_now() - HOUR, answered_at=utc_now() - HOUR)  # fmt: skip
    return case


def task_of(case: Case, stage: Stage, ago: timedelta) -> Task:
    """A copy was found at her place, and a reviewer's task came of it."""
    now = utc_now() - ago
    copy = make_copy(
        stage.platform, case.items.get().claims.get().entry, now, match=found(NAME, "same"),
        url=stage.url, group="g", source=Copy.Source.NOTICE, state=Copy.State.SEEN,
    )  # fmt: skip
    place_copy(case, copy, now)
    tasks.take_in(now)
    return copy.tasks.get()


def in_review(stage: Stage) -> Case:
    """A reviewer has it in view."""
    case = fresh(stage)
    task_of(case, stage, 2 * HOUR)
    settle_item(item=case.items.get(), state=Item.State.IN_REVIEW, actor="system",
                now=utc_now() - HOUR)  # fmt: skip
    return case


def not_found(stage: Stage) -> Case:
    """The address is that of a page."""
    case = fresh(stage)
    settle_location(location=case.locations.get(), state=Location.State.NOT_FOUND,
                    reason=Location.Reason.PAGE, now=utc_now() - HOUR)  # fmt: skip
    return case


def decide(stage: Stage, outcome: str, *grounds: str, ago: timedelta = 9 * DAY) -> Case:
    """Filed a day before, decided, and past the minute of undo."""
    case = fresh(stage, ago + DAY)
    task = task_of(case, stage, ago + 23 * HOUR)
    services.decide(
        task=task, outcome=outcome, grounds=list(grounds), facts=FACTS, user=stage.first,
        now=utc_now() - ago,
    )  # fmt: skip
    services.make_decisions_firm(utc_now() - ago + 2 * MINUTE)
    return case


def answered(at: datetime, state: str = "done") -> None:
    """What is to be carried out is ordered, and the site answers."""
    make_orders(at)
    for order in Order.objects.filter(state=Order.State.WAITING).order_by("seq"):
        is_hold = order.what == Order.What.HOLD
        answer_order(order_id=order.pk, platform_id=order.platform_id, note="", actor="system",
                     state="done" if is_hold else state, now=at)  # fmt: skip


def ordered(stage: Stage) -> Case:
    """To be removed, and the site has not answered."""
    case = decide(stage, "remove", "us-tida", ago=HOUR)
    make_orders(utc_now() - HOUR + 3 * MINUTE)
    return case


def not_carried_out(stage: Stage) -> Case:
    """To be removed, and the site could not do it."""
    case = decide(stage, "remove", "us-tida", ago=HOUR)
    answered(utc_now() - HOUR / 2, "failed")
    return case


def removed(stage: Stage) -> Case:
    """Removed, and the site said so."""
    case = decide(stage, "remove", "us-tida")
    answered(utc_now() - 9 * DAY + HOUR)
    return case


def told(stage: Stage) -> Case:
    """A reviewer thinks that it should not be removed, and she can answer first."""
    return decide(stage, "restore", "not_intimate", ago=HOUR)


def kept(stage: Stage) -> Case:
    """Not removed; she did not answer in time."""
    case = decide(stage, "restore", "not_intimate")
    services.make_decisions_firm(utc_now() - 6 * DAY)
    return case


def complained(stage: Stage) -> Case:
    """She asked for another look, and it waits."""
    case = kept(stage)
    services.file_complaint(
        decision=Decision.objects.get(task__case=case), side=Complaint.Side.NOTIFIER, case=case,
        text=SAID_BY_HER, now=utc_now() - 5 * DAY,
    )  # fmt: skip
    return case


def answer(stage: Stage, case: Case, outcome: str, *grounds: str) -> Case:
    """Another reviewer answers, and what follows is carried out."""
    at = utc_now() - 4 * DAY
    services.decide_complaint(
        complaint=Complaint.objects.get(), outcome=outcome, grounds=list(grounds), facts=FACTS,
        user=stage.second, now=at,
    )  # fmt: skip
    for later in (2 * MINUTE, 50 * HOUR):
        services.make_decisions_firm(at + later)
        services.settle_complaints(at + later)
    answered(at + 51 * HOUR)
    return case


def stands(stage: Stage) -> Case:
    """Her complaint changed nothing."""
    return answer(stage, complained(stage), "stands")


def reversed_for_her(stage: Stage) -> Case:
    """Her complaint was right."""
    return answer(stage, complained(stage), "reversed", "us-tida")


def reversed_for_uploader(stage: Stage) -> Case:
    """It was removed; the uploader's complaint was right."""
    case = removed(stage)
    services.file_complaint(
        decision=Decision.objects.get(task__case=case), side=Complaint.Side.UPLOADER,
        text=UPLOADERS, key="k", now=utc_now() - 5 * DAY,
    )  # fmt: skip
    return answer(stage, case, "reversed", "not_intimate")


def waits_for_her(stage: Stage) -> Case:
    """The reviewer asked her something."""
    case = file(stage, 3 * HOUR, law="uk-osa")
    pause_clock(notice=case.notices.get(), reason="waiting_for_notifier", actor="system",
                now=utc_now() - HOUR)  # fmt: skip
    send_message(case=case, sender=Message.Sender.STAFF, text="Which of the two is it?",
                 now=utc_now() - HOUR)  # fmt: skip
    return case


def over(stage: Stage) -> Case:
    """The time limit is over, and nothing was done."""
    case = fresh(stage, 4 * DAY)
    advance_clocks(utc_now() - DAY)
    return case


def late(stage: Stage) -> Case:
    """Removed, a day too late."""
    case = over(stage)
    task = task_of(case, stage, 20 * HOUR)
    services.decide(task=task, outcome="remove", grounds=["us-tida"], facts=FACTS,
                    user=stage.first, now=utc_now() - 10 * HOUR)  # fmt: skip
    services.make_decisions_firm(utc_now() - 9 * HOUR)
    answered(utc_now() - 8 * HOUR)
    return case


def withdrawn(stage: Stage) -> Case:
    """Taken back at once."""
    case = fresh(stage)
    ask_withdrawal(case=case, now=utc_now() - HOUR)
    return case


def minor(stage: Stage) -> Case:
    """Somebody in it may have been under 18."""
    case = fresh(stage)
    close_for_minor(case=case, actor="system", now=utc_now() - HOUR)
    return case


def erased(stage: Stage) -> Case:
    """Everything was erased when its time was over."""
    case = removed(stage)
    erase_case(case=case, now=utc_now() - HOUR)
    return case


def partners_asked(stage: Stage) -> Case:
    """Two partners would take her fingerprints; she has not answered."""
    now = utc_now()
    make_list("StopNCII", now)
    make_member("Forum of photographers", now)
    return removed(stage)


def partners_told(stage: Stage) -> Case:
    """She said yes; one partner has them, another was told of a reversal and asked to delete."""
    case = partners_asked(stage)
    now = utc_now()
    agree_to_partners(case=case, now=now - 2 * DAY)
    entry_id = Claim.objects.filter(item__case=case).values_list("entry_id", flat=True)[0]
    give(Exchange.objects.get(), entry_id, now - DAY)
    forum = Member.objects.get()
    for what, ago in (("confirm", DAY), ("dispute", 3 * HOUR), ("withdraw", HOUR)):
        tell(forum, entry_id, what, now - ago)
    return case


def sites_asked(stage: Stage) -> Case:
    """Two of her links are on a site that does not work with us; she has not answered."""
    make_sender(utc_now())
    return file(stage, 3 * HOUR, more=[f"https://{SITE}/v/8831", f"https://{SITE}/v/8832"])


def sites_told(stage: Stage) -> Case:
    """She said yes: the site was told, its host acted, one link is gone and one still there."""
    case, now = sites_asked(stage), utc_now()
    agree_to_providers(case=case, now=now - 2 * HOUR)
    site = site_of_domain(domain=SITE, now=now)
    mapping = make_map(site, now)
    services = mapping.services.select_related("provider")
    escalation = Escalation.objects.create(
        number=31, case=case, site=site, mapping=mapping, state="running",
        ladder="default", ladder_version="2026-11-26.1",
        served_at=now - 4 * DAY, deadline_at=now - 2 * DAY, opened_at=now - DAY,
    )  # fmt: skip
    notice = write_report(
        case, site, "Please remove this.", now - HOUR,
        purpose="first_notice", format="mail", channel="staff",
    )  # fmt: skip
    send(notice, now - HOUR)
    make_report(escalation, services.get(role="cdn"), now)
    host = make_report(escalation, services.get(role="host"), now - HOUR, state="delivered")
    host.outcome, host.outcome_at = "actioned", now
    host.save()
    watch(Scene(case, site, mapping, escalation, []), ("there", "gone"), now)
    return case


STATES: Final[dict[str, Callable[[Stage], Case]]] = {
    one.__name__: one
    for one in (
        *(fresh, incomplete, threatened, threatened_removed, threatened_kept, in_review),
        *(let_go, let_go_removed),
        *(not_found, ordered, not_carried_out, removed, told, kept, complained),
        *(stands, reversed_for_her, reversed_for_uploader, waits_for_her, over, late),
        *(withdrawn, minor, erased, partners_asked, partners_told),
        *(sites_asked, sites_told),
    )
}
