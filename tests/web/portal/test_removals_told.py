"""What her page says of a removal: that it was decided is not that the website carried it out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import (
    HOUR,
    MINUTE,
    Stage,
    answered,
    complained,
    file,
    kept,
    not_carried_out,
    not_found,
    ordered,
    removed,
    reversed_for_uploader,
    task_of,
    told,
)
from helpline_scene import give_case, make_caseworker, make_client, make_team
from her_page import Her, ago, plain
from staydown_web.accounts.models import User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders, order_again
from staydown_web.audit.services import record_event
from staydown_web.base.clock import utc_now
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.models import Case, Location
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import add_to_case, ask_withdrawal
from staydown_web.cases.services.settling import settle_location
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.records import record_facts
from staydown_web.reports.services import make_statements
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision, Task

pytestmark = pytest.mark.django_db
ORDERED = "citrus.jpg: ordered to be removed"
FAILED = "citrus.jpg: the website did not carry it out; it may still be online"
AGAIN = "citrus.jpg: ordered again to be removed"
GONE = "Removed at Forum Example"
NEARBY = "A copy was found at another address of this website."


def ask_again(stage: Stage) -> Case:
    """The site could not do it, and is asked once more."""
    case = not_carried_out(stage)
    order_again(order_id=Order.objects.get(state="failed").pk, actor="system", now=ago(20))
    return case


def done_at_last(stage: Stage) -> Case:
    """Asked once more, it did it."""
    case = ask_again(stage)
    answered(ago(10))
    return case


def failed_twice(stage: Stage) -> Case:
    """Asked once more, it could not do it either."""
    case = ask_again(stage)
    answered(ago(10), "failed")
    return case


def decided_anew(stage: Stage, outcome: str = "remove") -> Case:
    """The site could not do it; another reviewer decides anew, and it is carried out."""
    case = not_carried_out(stage)
    decide_last(stage.second, outcome, ago(20))
    for later in (2 * MINUTE, 72 * HOUR):
        services.make_decisions_firm(ago(20) + later)
    answered(ago(10))
    return case


def kept_after_all(stage: Stage) -> Case:
    """The site could not do it, and another reviewer finds that it stays."""
    return decided_anew(stage, "restore")


def anew_firm(stage: Stage, outcome: str = "remove") -> Case:
    """The site could not do it; it is decided anew to remove it, and nothing is ordered yet."""
    case = not_carried_out(stage)
    decide_last(stage.second, outcome, ago(20))
    services.make_decisions_firm(ago(18))
    return case


def anew_told(stage: Stage) -> Case:
    """The site could not do it; it is decided anew to keep it, and she can answer first."""
    return anew_firm(stage, "restore")


def anew_ordered(stage: Stage) -> Case:
    """The site could not do it; it is decided anew to remove it, and ordered."""
    case = anew_firm(stage)
    make_orders(ago(17))
    return case


def decide_last(user: User, outcome: str, now: datetime) -> Decision:
    """The open task is decided, and its minute begins."""
    grounds = {"remove": ["us-tida"], "restore": ["not_intimate"], "hold": []}[outcome]
    return services.decide(
        task=Task.objects.get(state="open"), outcome=outcome, grounds=grounds, user=user, now=now,
        facts="It is a bowl." if outcome == "remove" else "",
    )  # fmt: skip


def looked_at(stage: Stage) -> Case:
    """A copy was found, and nobody has decided."""
    case = file(stage, 3 * HOUR)
    task_of(case, stage, 2 * HOUR)
    return case


def held(stage: Stage) -> Case:
    """Out of sight until a second person has decided: no removal."""
    case = looked_at(stage)
    decide_last(stage.first, "hold", ago(60))
    make_orders(ago(50))
    answered(ago(40))
    return case


def decide_unseen(stage: Stage, case: Case, outcome: str, ground: str) -> None:
    """Decide without a copy, until it is firm."""
    task = task_without_copy(stage, case)
    services.decide(
        task=task, outcome=outcome, grounds=[ground], facts="It is a bowl.", user=stage.first,
        now=ago(60),
    )  # fmt: skip
    for later in (10 * MINUTE, 72 * HOUR):
        services.make_decisions_firm(ago(60) + later)


def unseen(stage: Stage) -> Case:
    """Nothing could be looked at where she pointed, and nobody has decided."""
    case = not_found(stage)
    case.locations.update(item=case.items.get())
    task_without_copy(stage, case)
    return case


def task_without_copy(stage: Stage, case: Case) -> Task:
    """A reviewer looks on the platform."""
    return Task.objects.create(
        number="T-1", source="notice", platform=stage.platform, case=case, item=case.items.get(),
        made_at=ago(90),
    )  # fmt: skip


def nothing_seen(stage: Stage, reason: str) -> Case:
    """At her address nothing could be looked at; empty: nobody has tried yet."""
    case = file(stage, 3 * HOUR)
    if reason:
        state = "unreachable" if reason == "silent" else "not_found"
        settle_location(
            location=case.locations.get(), state=state, reason=reason, actor="system", now=ago(100)
        )
        case.locations.update(item=case.items.get())
    return case


def by_hand(stage: Stage, reason: str = "") -> Case:
    """Nobody found a copy that can be ordered away; who decided took it down there."""
    case = nothing_seen(stage, reason)
    decide_unseen(stage, case, "remove", "us-tida")
    return case


def nothing_there(stage: Stage, reason: str = "gone") -> Case:
    """A reviewer looked, and nothing of it was there."""
    case = nothing_seen(stage, reason)
    decide_unseen(stage, case, "restore", "not_here")
    return case


def pointed(case: Case) -> Case:
    """Its copy lies where a reviewer said."""
    place = case.locations.get()
    box = seal_for_case(case.pk, "http://127.0.0.1/held-elsewhere.jpg",
                        context=f"location-media:{place.pk}")  # fmt: skip
    case.locations.update(media_box=box)
    if place.state == "found":
        subject = f"location:{place.pk}"
        record_event(
            what="location_found", actor="system", at=ago(110), case_id=case.pk, subject=subject
        )
    return case


def task_at_another_address(stage: Stage) -> Case:
    """It was found where a reviewer pointed, and is looked at."""
    case = file(stage, 3 * HOUR)
    task_of(case, stage, 2 * HOUR)
    return pointed(case)


def ordered_at_another_address(stage: Stage) -> Case:
    """It was found there, and is ordered to be removed."""
    return pointed(ordered(stage))


def removed_at_another_address(stage: Stage) -> Case:
    """It was found there, and the website removed it."""
    return pointed(removed(stage))


def record_of(case: Case) -> dict[str, list[dict[str, Any]]]:
    """What the record says that she takes to the police."""
    case = Case.objects.get(pk=case.pk)
    view = person_view(case=case, is_unveiled=True, now=utc_now())
    return record_facts(case=case, view=view, with_details=False, for_staff=False, now=utc_now())


def helpline_reads(case: Case, client_of: Callable[[User], Client]) -> list[tuple[str, str]]:
    """What a helpline reads of her address and of her item, and the whole of each part."""
    page = helpline_of(case, client_of).get(address_of(case)).text
    return parts_of(page)


def helpline_of(case: Case, client_of: Callable[[User], Client]) -> Client:
    """A browser of a caseworker who has the case."""
    worker = make_caseworker("mia", make_team("Helpline One", utc_now()), leads=True)
    give_case(case, make_client(worker, "File 7", utc_now()), worker, utc_now())
    return client_of(worker)


def address_of(case: Case) -> str:
    """Of the page on which a helpline reads of a case."""
    return reverse("portal:helpline_case", args=[case.number])


def parts_of(page: str) -> list[tuple[str, str]]:
    """What such a page says of the first address and of the first item, and all of each part."""
    places = page.split('id="places"')[1].split("</section>", maxsplit=1)[0]
    items = page.split('id="items"')[1].split("</table>", maxsplit=1)[0]
    chips = [re.sub(r"<svg.*?</svg>", "", one) for one in places.split('class="chip')[1:]]
    at_place = plain(chips[0].split(">", 1)[1].split("</span>")[0])
    return [(at_place, places), (plain(items.split('data-label="State">')[1].split("<")[0]), items)]


FIRST = ["You sent your notice", "Your notice was complete"]
TWICE = [*FIRST, ORDERED, FAILED, AGAIN]
WAITS = "The website has not answered yet. It may still be online."
LOOKS = "The website did not carry it out. It may still be online. A reviewer looks at it again."


@pytest.mark.parametrize(
    ("state", "title", "chip", "note", "story", "code"),
    [
        (ordered, "It is ordered to be removed", "Ordered to be removed", WAITS,
         [*FIRST, ORDERED], "ordered"),
        (not_carried_out, "It is not removed yet", "Not removed yet", LOOKS,
         [*FIRST, ORDERED, FAILED], "failed"),
        (ask_again, "It is ordered to be removed", "Ordered to be removed", WAITS,
         TWICE, "ordered"),
        (failed_twice, "It is not removed yet", "Not removed yet", LOOKS,
         [*TWICE, FAILED], "failed"),
        (done_at_last, "It was removed", "Removed", "Removed on",
         [*TWICE, GONE, "citrus.jpg: removed"], "removed"),
        (decided_anew, "It was removed", "Removed", "Removed on",
         [*FIRST, ORDERED, FAILED, AGAIN, GONE, "citrus.jpg: removed"], "removed"),
        (removed, "It was removed", "Removed", "Removed on", [*FIRST, ORDERED, GONE], "removed"),
        (held, "Your notice is complete", "Waiting", "Reviewing", FIRST, "received"),
        (by_hand, "It was removed", "Removed", "Removed on",
         [*FIRST, "citrus.jpg: removed"], "removed"),
    ],
)  # fmt: skip
def test_her_page_and_what_is_held_tell_what_the_website_did(
    stage: Stage, state: Callable[[Stage], Case], title: str, chip: str, note: str,
    story: list[str], code: str,
) -> None:  # fmt: skip
    her = Her(state(stage))

    assert (her.title, her.item) == (title, chip)
    assert note in her.place
    assert [one for one in her.story if one in story] == story
    assert her.story[: len(story)] == story, "nothing else was told"
    data = her.data()
    assert [one["what"] for one in data["story"]] == story
    assert data["items"][0]["state"] == code
    shown = plain(her.client.get("/case/data/").text).split("Your items")[1]
    assert f"State {chip} Added" in shown


@pytest.mark.parametrize("state", [ordered, not_carried_out, ask_again, removed, by_hand])
def test_a_file_to_keep_is_that_of_a_decision_until_the_website_says_more(
    stage: Stage, state: Callable[[Stage], Case]
) -> None:
    decided = "citrus.jpg: it was decided to remove it"

    assert Her(state(stage)).files == ["Your notice was received", decided]


LOOKED = "The website did not carry it out. It may still be online. A reviewer has decided again."


@pytest.mark.parametrize(
    ("state", "place", "address"),
    [
        (not_carried_out, LOOKS, "A reviewer looks at it."),
        (ask_again, WAITS, "It is to be removed; we wait for that."),
        (anew_firm, WAITS, "It is to be removed; we wait for that."),
        (anew_ordered, WAITS, "It is to be removed; we wait for that."),
        (anew_told, LOOKED, "A reviewer has decided."),
        (kept_after_all, "Not removed", "It was decided that it is not removed."),
    ],
)
def test_an_address_and_its_website_say_whether_a_reviewer_looks(
    stage: Stage, state: Callable[[Stage], Case], place: str, address: str
) -> None:
    her = Her(state(stage))

    assert place in her.place
    assert her.address == f"A copy was found there. {address}"
    if state is kept_after_all:
        assert "It may still be online" not in her.place


@pytest.mark.parametrize("state", [looked_at, not_carried_out, unseen])
@pytest.mark.parametrize("outcome", ["remove", "restore", "hold"])
def test_within_a_reviewers_minute_her_page_stays_as_it_is(
    stage: Stage, state: Callable[[Stage], Case], outcome: str
) -> None:
    case = state(stage)
    before = Her(case)

    made = decide_last(stage.second, outcome, utc_now())

    within = Her(case)
    assert made.made_firm_at is None
    assert within.shown == before.shown
    for part in ("items", "places", "story"):
        assert within.data()[part] == before.data()[part]
    assert "A reviewer has decided" not in within.page


def test_what_was_decided_anew_is_told_as_such_before_it_is_ordered(stage: Stage) -> None:
    case = anew_firm(stage)
    her = Her(case)

    decision = Decision.objects.order_by("-decided_at")[0]
    since = decision.decided_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    assert her.data()["places"][0]["state_at"] == record_of(case)["places"][0]["since"] == since
    assert (her.title, her.item) == ("It is ordered to be removed", "To be removed")
    assert her.data()["items"][0]["state"] == her.data()["places"][0]["state"] == "decided"
    assert "looks at it again" not in her.page
    assert "A reviewer looks again" not in her.page


@pytest.mark.parametrize("state", [ordered, not_carried_out, ask_again])
def test_what_is_held_of_an_address_is_since_its_order_or_answer(
    stage: Stage, state: Callable[[Stage], Case]
) -> None:
    her = Her(state(stage))
    last = Order.objects.exclude(what="hold").order_by("-seq")[0]

    (place,) = her.data()["places"]

    at = last.answered_at or last.made_at
    assert place["state_at"] == at.isoformat(timespec="seconds").replace("+00:00", "Z")


@pytest.mark.parametrize("state", [kept_after_all, reversed_for_uploader])
def test_what_is_held_of_an_address_says_that_it_was_decided_to_stay(
    stage: Stage, state: Callable[[Stage], Case]
) -> None:
    case = state(stage)
    her = Her(case)

    (place,) = her.data()["places"]
    shown = plain(her.client.get("/case/data/").text).split("Addresses that you gave")[1]

    told = [one["at"] for one in her.data()["story"] if one["what"] == "citrus.jpg: not removed"]
    assert (place["state"], place["state_at"]) == ("kept", told[-1])
    (recorded,) = record_of(case)["places"]
    assert (recorded["state"], recorded["since"]) == ("kept", told[-1])
    assert "State Not removed Since" in shown
    assert "Why A copy was found there. It was decided that it is not removed." in shown
    assert "Found" not in shown.split("What happened")[0]


def test_a_failure_is_one_line_of_the_story_when_she_was_told_of_a_statement(stage: Stage) -> None:
    case = ordered(stage)
    item = case.items.get()
    record_event(
        what="statement_told",
        actor="system",
        at=ago(40),
        case_id=case.pk,
        subject=f"item:{item.pk}",
    )
    answered(ago(30), "failed")

    her = Her(case)

    assert FAILED in her.story
    assert "citrus.jpg: it waits for a reviewer" not in her.story


@pytest.mark.parametrize("reason", ["", "gone", "page", "silent"])
def test_what_was_removed_by_hand_is_removed_on_every_page(
    stage: Stage, reason: str, client_of: Callable[[User], Client]
) -> None:
    case = by_hand(stage, reason)
    her = Her(case)

    assert (her.title, her.item) == ("It was removed", "Removed")
    assert her.address.startswith(
        "It was removed there. If it is there again, please write to the reviewer."
    )
    assert her.place.startswith("Removed ")
    assert "Removed on" in her.place
    assert "citrus.jpg: removed" in her.story
    for words in ("Nothing found", "We look there soon", "No answer", "You can help"):
        assert words not in plain(her.page)
    (place,) = her.data()["places"]
    decided_at = Decision.objects.get().decided_at
    assert place["state"] == "removed"
    assert place["state_at"] == decided_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    shown = plain(her.client.get("/case/data/").text)
    assert "No picture or video there" not in shown
    assert record_of(case)["places"][0]["state"] == "removed"
    assert [words for words, _ in helpline_reads(case, client_of)] == ["Removed", "Removed"]


def test_what_came_after_it_was_removed_by_hand_is_looked_at(stage: Stage) -> None:
    case = by_hand(stage, "gone")
    add_to_case(case=case, urls=[f"{stage.url}2"], now=ago(30))
    her = Her(case)
    assert "We look there soon." in plain(her.page.split('id="addresses"')[1])
    states = [one["state"] for one in her.data()["places"]]
    assert states == ["removed", "new"]


@pytest.mark.parametrize("reason", ["gone", "page", "silent"])
def test_where_nothing_was_seen_nothing_is_said_to_be_removed_or_kept(
    stage: Stage, reason: str, client_of: Callable[[User], Client]
) -> None:
    case = nothing_there(stage, reason)
    her = Her(case)
    unfound = "citrus.jpg: nothing of it was found"

    assert (her.title, her.item) == ("Nothing of what you reported was found", "Nothing found")
    assert her.place.startswith("Decided " if reason == "silent" else "Nothing found ")
    assert her.address.endswith("A reviewer has decided.")
    assert unfound in her.story
    assert her.files[-1] == unfound
    again = her.page.split("nothing of it was found")
    assert len(again) > 3, "in her story, her files, and where she can ask for another look"
    data = her.data()
    assert data["items"][0]["state"] == "not_found"
    assert unfound in [one["what"] for one in data["story"]]
    shown = plain(her.client.get("/case/data/").text).split("Your items")[1]
    assert "State Nothing found Added" in shown
    for page in (her.page, shown):
        assert "not removed" not in plain(page).lower()
    assert "any more" not in her.address
    record = record_of(case)
    assert record["items"][0]["state"] == "not_found"
    assert helpline_reads(case, client_of)[1][0] == "Nothing found"
    make_statements(utc_now())
    assert not Statement.objects.exists()


@pytest.mark.parametrize(
    ("state", "address", "shown"),
    [
        (task_at_another_address, f"{NEARBY} A reviewer looks at it.",
         "Found at another address of the website"),
        (ordered_at_another_address, f"{NEARBY} It is to be removed; we wait for that.",
         "Ordered to be removed"),
        (removed_at_another_address, "It was removed at another address of this website.",
         "Removed"),
    ],
)  # fmt: skip
def test_what_a_reviewer_pointed_to_is_not_said_to_be_at_her_address(
    stage: Stage, state: Callable[[Stage], Case], address: str, shown: str
) -> None:
    case = state(stage)
    her = Her(case)

    assert her.address.startswith(address)
    is_found = "A copy was found at another address of Forum Example" in her.story
    assert is_found == (state is not removed_at_another_address)
    assert "A copy was found at Forum Example" not in her.story
    assert shown in plain(her.client.get("/case/data/").text).split("Addresses that you gave")[1]
    assert "held-elsewhere" not in her.page
    place = record_of(case)["places"][0]
    assert place["is_at_other_address"] is True
    assert "held-elsewhere" not in json.dumps(place)


def test_who_takes_back_reads_that_an_order_goes_on_and_may_fail(stage: Stage) -> None:
    case = ordered(stage)
    asked = "A removal is ordered already. It goes on when you take back your request"
    assert asked in plain(Her(case).page)

    ask_withdrawal(case=case, now=ago(40))
    answered(ago(30), "failed")

    her = Her(case)
    assert her.title == "You took back your request"
    assert "if the website does not carry it out, it may stay online" in her.page
    assert asked not in Her(removed(stage)).page


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_a_reviewer_reads_what_she_reads_while_she_reads_it(
    stage: Stage, is_taken_back: bool, client_of: Callable[[User], Client]
) -> None:
    case = ordered(stage)
    if is_taken_back:
        ask_withdrawal(case=case, now=ago(40))
    answered(ago(30), "failed")
    task, order = Task.objects.get(state="open"), Order.objects.get(state="failed")

    for page in (
        reverse("review:task", args=[task.number]),
        reverse("actions:order", args=[order.pk]),
    ):
        text = plain(client_of(stage.second).get(page).text)
        assert ("The person reads that it may still be online" in text) == (not is_taken_back)


def said_to_be_unfound(stage: Stage) -> Case:
    """A reviewer thinks that nothing of it is there, and she can answer first."""
    case = nothing_seen(stage, "gone")
    services.decide(
        task=task_without_copy(stage, case), outcome="restore", grounds=["not_here"], facts="",
        user=stage.first, now=ago(60),
    )  # fmt: skip
    services.make_decisions_firm(ago(50))
    return case


def named_again(stage: Stage) -> Case:
    """Nothing of it was there; then she names the same address again."""
    case = nothing_there(stage)
    add_to_case(case=case, urls=[stage.url], now=utc_now() + 80 * HOUR)
    return case


@pytest.mark.parametrize(
    ("state", "at_place", "item", "case_state"),
    [
        (told, "Waiting for an answer", "Waiting for an answer", "Valid"),
        (anew_told, "Not removed yet", "Not removed yet", "In review"),
        (said_to_be_unfound, "Nothing found", "Waiting for an answer", "Valid"),
        (complained, "Not removed", "Not removed", "Appealed"),
        (named_again, "Waiting", "Nothing found", "Decided"),
        (reversed_for_uploader, "Not removed", "Not removed", "Decided"),
    ],
)
def test_a_helpline_reads_of_an_address_what_she_reads(
    stage: Stage,
    state: Callable[[Stage], Case],
    at_place: str,
    item: str,
    case_state: str,
    client_of: Callable[[User], Client],
) -> None:
    case = state(stage)
    assert ("We look there soon." in Her(case).page) == (state is named_again)
    page = helpline_of(case, client_of).get(address_of(case)).text

    assert [read for read, _part in parts_of(page)] == [at_place, item]
    assert Her(case).place.startswith(at_place)
    assert Her(case).item == item
    assert f"{case_state} · Filed by" in plain(page)
    assert "Notice sent, time is left" not in page, "no time runs"


def test_what_was_taken_back_is_not_waited_for(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    case = looked_at(stage)
    ask_withdrawal(case=case, now=ago(40))

    assert [read for read, _part in helpline_reads(case, client_of)] == ["Taken back"] * 2


def test_of_an_address_that_came_since_a_helpline_reads_that_its_time_runs(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    case = kept(stage)
    Location.objects.filter(case=case).delete()
    add_to_case(case=case, urls=[stage.url + "2"], now=ago(10))

    assert "left" in Her(case).place
    assert helpline_reads(case, client_of)[0][0] == "Notice sent, time is left"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (told, "Nothing changes until"),
        (anew_told, "Nothing changes until"),
        (said_to_be_unfound, "If you know where it is, add the address: then a reviewer looks"),
    ],
)
def test_nothing_that_was_never_hidden_is_said_to_be_shown_again(
    stage: Stage,
    state: Callable[[Stage], Case],
    words: str,
    client_of: Callable[[User], Client],
) -> None:
    case = state(stage)
    client = helpline_of(case, client_of)
    page = plain(client.get(address_of(case)).text)
    listed = plain(client.get(reverse("portal:caseload")).text)

    assert words in page
    assert words in plain(Her(case).page)
    for text in (page, listed):
        assert "Answer, if you do not agree" in text
        assert "shown again" not in text
        assert "show it again" not in text
    assert "A reviewer has decided something" in listed


def test_that_the_uploader_complained_is_not_a_helplines_to_know(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    case = removed(stage)
    client = helpline_of(case, client_of)
    services.file_complaint(
        decision=Decision.objects.get(), side=Complaint.Side.UPLOADER, text="It is a bowl.",
        key="k", now=ago(30),
    )  # fmt: skip
    assert Case.objects.get(pk=case.pk).state == "appealed"

    for address in (address_of(case), reverse("portal:caseload")):
        page = client.get(address).text
        assert "Decided" in page
        assert "Appealed" not in page
    saved = client.post(reverse("portal:export_caseload")).text
    assert f"{case.number},decided," in saved


@pytest.mark.parametrize(
    ("state", "reads", "can_be_repeated"),
    [
        (failed_twice, "still be online and that a reviewer looks at it again.", True),
        (anew_firm, "The person reads that it is ordered to be removed.", False),
        (anew_told, "still be online and that a reviewer has decided again.", False),
    ],
)
def test_the_page_of_an_order_says_what_she_reads_and_offers_what_helps(
    stage: Stage,
    state: Callable[[Stage], Case],
    reads: str,
    can_be_repeated: bool,
    client_of: Callable[[User], Client],
) -> None:
    state(stage)
    order = Order.objects.filter(state="failed").order_by("-seq")[0]
    client, again = client_of(stage.second), reverse("actions:order_again", args=[order.pk])

    page = client.get(reverse("actions:order", args=[order.pk])).text
    assert plain(page).count("The person reads that") == 1
    assert reads in plain(page)
    assert (again in page, "Speak with the platform" in page) == (can_be_repeated, can_be_repeated)
    assert ("It was decided anew since." in page) != can_be_repeated
    assert client.post(again).status_code == (302 if can_be_repeated else 409)


@pytest.mark.parametrize("states", [("done", "failed"), ("failed", "done")])
def test_one_address_in_two_notices_is_down_for_both_once_it_is_for_one(
    stage: Stage, states: tuple[str, str], client_of: Callable[[User], Client]
) -> None:
    cases = [file(stage, 3 * HOUR), file(stage, 3 * HOUR)]
    tasks_ = {task_of(case, stage, 2 * HOUR) for case in cases}
    for task in tasks_:
        services.decide(
            task=task, outcome="remove", grounds=["us-tida"], facts="", user=stage.first,
            now=ago(60),
        )  # fmt: skip
    services.make_decisions_firm(ago(50))
    make_orders(ago(40))
    for n, (order, state) in enumerate(
        zip(Order.objects.filter(what="remove").order_by("seq"), states, strict=True)
    ):
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, state=state, note="",
            actor="system", now=ago(30 - n),
        )  # fmt: skip

    for case in cases:
        her = Her(case)
        assert (her.title, her.item) == ("It was removed", "Removed")
        assert "Removed on" in her.place
        assert her.address.startswith("It was removed there.")
        assert "Not removed yet" not in her.page
        assert "A reviewer looks again" not in her.page
    waiting = Task.objects.filter(state="open")
    assert waiting.exists() == (states[-1] == "failed")
    for task in waiting:
        page = client_of(stage.second).get(reverse("review:task", args=[task.number])).text
        assert "Another notice names the same address" in page
        assert "Order again" not in page, "nothing of it is left"


def test_a_website_that_did_it_after_all_has_a_file_of_its_own(stage: Stage) -> None:
    assert Her(done_at_last(stage)).files[-1] == "citrus.jpg: removed"


def test_what_was_never_out_is_not_shown_again(stage: Stage) -> None:
    her = Her(kept_after_all(stage))

    assert her.title == "It was not removed"
    assert her.story[2:4] == [ORDERED, FAILED]
    assert "citrus.jpg: a reviewer thinks that it should not be removed" in her.story
    assert "citrus.jpg: a reviewer thinks that it may be shown again" not in her.story


def test_what_is_shown_again_is_not_said_to_be_found(stage: Stage) -> None:
    her = Her(reversed_for_uploader(stage))

    assert (her.title, her.item) == ("It is shown again", "Not removed")
    assert "It is shown again at Forum Example" in her.story
    assert "A copy was found at Forum Example" not in her.story


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ordered, "Ordered to be removed"),
        (not_carried_out, "Not removed yet"),
        (ask_again, "Ordered to be removed"),
        (done_at_last, "Removed"),
        (held, "Waiting"),
    ],
)
def test_a_helpline_reads_of_an_item_and_its_address_what_she_reads(
    stage: Stage, state: Callable[[Stage], Case], words: str, client_of: Callable[[User], Client]
) -> None:
    case = state(stage)
    worker = make_caseworker("mia", make_team("Helpline One", utc_now()), leads=True)
    give_case(case, make_client(worker, "File 7", utc_now()), worker, utc_now())

    page = client_of(worker).get(reverse("portal:helpline_case", args=[case.number])).text

    # The website still has to act until it says that it did.
    assert ("Forum Example must act" in page) == (state is not done_at_last)
    items = page.split('id="items"')[1].split("</table>")[0]
    assert f'data-label="State">{words}</td>' in items
    if words != "Waiting":
        assert words in plain(page.split('id="places"')[1].split("</section>")[0])
