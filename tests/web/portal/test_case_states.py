"""What her page says in each state of a case: only what holds then, and never what others wrote."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import FACTS, SAID_BY_HER, STATES, UPLOADERS, Stage, kept, told
from helpline_scene import make_team
from review_scene import STATEMENT
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.services import send_message
from staydown_web.cases.services.accesses import share_case
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.regimes.schemas import Pause
from staydown_web.regimes.selectors import regimes
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.services import decide_complaint
from staydown_web.review.services.settling import make_decisions_firm

pytestmark = pytest.mark.django_db
PAGE = "/case/page/"
CAN_BE_LATE = (
    *("fresh", "in_review", "not_found", "ordered", "not_carried_out"),
    *("waits_for_her", "sites_asked", "sites_told"),
)
TITLES = {
    "fresh": "Your notice is complete",
    "incomplete": "Something is still missing",
    "threatened": "We watch for your pictures",
    "threatened_removed": "There is a decision",
    "let_go": "We do not watch for it any more",
    "let_go_removed": "It was removed",
    "threatened_kept": "It was not removed",
    "in_review": "Your notice is complete",
    "not_found": "One of your addresses leads to a page",
    "ordered": "It is ordered to be removed",
    "not_carried_out": "It is not removed yet",
    "removed": "It was removed",
    "told": "Please answer, if you do not agree",
    "kept": "It was not removed",
    "complained": "Another reviewer looks at it",
    "stands": "It was not removed",
    "reversed_for_her": "It was removed",
    "reversed_for_uploader": "It is shown again",
    "waits_for_her": "Please answer the reviewer",
    "over": "The time limit is over",
    "late": "It was removed",
    "withdrawn": "You took back your request",
    "minor": "Another service is the right one for this",
    "erased": "This case has ended",
    "partners_asked": "It was removed",
    "partners_told": "It was removed",
    "sites_asked": "Your notice is complete",
    "sites_told": "Your notice is complete",
}
NOW = {
    "incomplete": "We wait for what is missing",
    "threatened": "If someone uploads a copy, it is held until a reviewer has decided",
    "let_go": "We do not watch for it any more",
    "let_go_removed": "There is a decision",
    "threatened_removed": "Copies are stopped when someone uploads them",
    "threatened_kept": "There is a decision",
    "in_review": "A reviewer looks at it",
    "ordered": "It is ordered to be removed, and the website has not answered yet",
    "not_carried_out": "A reviewer looks again at what the website did not remove",
    "removed": "Copies are stopped when someone uploads them",
    "told": "Please answer, if you do not agree",
    "kept": "There is a decision",
    "complained": "Another reviewer looks at it",
    "stands": "There is a decision",
    "reversed_for_her": "Copies are stopped when someone uploads them",
    "reversed_for_uploader": "There is a decision",
    "over": "A reviewer looks at it",
}


@pytest.fixture(autouse=True)
def _a_law_that_pauses() -> Iterator[None]:
    """No shipped law with hours lets its time stand still."""
    law = regimes()["uk-osa"]
    pause = Pause("waiting_for_notifier", "The website asked you a question.", "a test")
    regimes()["uk-osa"] = replace(law, pauses=(pause,))
    yield
    regimes()["uk-osa"] = law


def browser_of(case: Case) -> Client:
    client = Client()
    client.cookies[COOKIE] = open_page(case=Case.objects.get(pk=case.pk), now=utc_now())
    return client


def text_of(page: str) -> str:
    """The words of the page's own part, as they are read."""
    main = page[page.index("<main") : page.index("</main>")]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


@pytest.mark.parametrize("state", STATES)
def test_each_state_says_what_holds_then(stage: Stage, state: str) -> None:
    page = browser_of(STATES[state](stage)).get(PAGE).text
    text = text_of(page)

    assert f"<h1>{TITLES[state]}</h1>" in page
    assert ("What if they do not" in text) == (state in CAN_BE_LATE)
    assert ("You can complain to: Federal Trade Commission" in text) == (state in {"over", "late"})
    if state in NOW:
        assert f"Now {NOW[state]}" in text
    assert "<title>Your page</title>" in page


@pytest.mark.parametrize("state", STATES)
def test_no_state_shows_what_an_uploader_or_a_colleague_was_told(stage: Stage, state: str) -> None:
    page = browser_of(STATES[state](stage)).get(PAGE).text

    assert UPLOADERS not in page
    # Of reviewers' words she reads the answer to her own complaint, and nothing else.
    assert (FACTS in page) == (state in {"stands", "reversed_for_her"})
    for name in (stage.first.username, stage.first.pseudonym, stage.second.pseudonym):
        assert name not in page


@pytest.mark.parametrize("state", ["kept", "complained", "stands", "reversed_for_uploader"])
def test_what_was_not_removed_is_not_said_to_be_kept_down(stage: Stage, state: str) -> None:
    text = text_of(browser_of(STATES[state](stage)).get(PAGE).text)

    assert "Kept down" not in text
    assert "Copies are stopped" not in text
    assert "Reviewing" not in text


@pytest.mark.parametrize(
    ("state", "is_offered"), [("fresh", True), ("threatened", True), ("removed", False)]
)
def test_evidence_is_spoken_of_while_there_is_something_left_to_keep(
    stage: Stage, state: str, is_offered: bool
) -> None:
    her = browser_of(STATES[state](stage))

    assert ('href="/evidence/?from=case"' in her.get(PAGE).text) == is_offered
    assert 'href="/case/page/">Back to your page' in her.get("/evidence/?from=case").text


def test_her_answer_takes_the_decision_back_at_once(stage: Stage) -> None:
    case = told(stage)
    her = browser_of(case)
    assert "Please answer, if you do not agree" in her.get(PAGE).text

    answer = her.post("/case/message/", {"text": "It is me."}, follow=True)

    text = text_of(answer.text)
    assert "Please answer, if you do not agree" not in text
    assert "You answered in time" in text
    assert Decision.objects.get(task__case=case).undone_at is not None


def test_she_asks_once_for_another_look_and_reads_the_second_reviewers_answer(
    stage: Stage,
) -> None:
    case = kept(stage)
    her = browser_of(case)
    decision = Decision.objects.get(task__case=case)
    address = reverse("portal:complain_case", args=[decision.pk])
    form = her.get(address).text
    assert "citrus.jpg: not removed" in form
    assert "Not an intimate image" in form

    for _twice in range(2):  # a second press says the same and files nothing
        answer = her.post(address, {"text": SAID_BY_HER, "basis": "consent"})
        assert answer.headers["Location"] == f"{PAGE}?s=8#said"
    page = text_of(her.get(f"{PAGE}?s=8").text)
    assert page.count("Another reviewer will look at it.") == 1
    assert SAID_BY_HER in page

    at = utc_now()
    complaint = Complaint.objects.get()
    assert complaint.basis == "consent"
    decide_complaint(
        complaint=complaint, outcome="reversed", grounds=["us-tida"], facts=FACTS,
        user=stage.second, now=at,
    )  # fmt: skip
    assert FACTS not in her.get(PAGE).text, "the answer can still be undone"
    make_decisions_firm(at + timedelta(minutes=2))
    page = text_of(her.get(PAGE).text)
    assert "The first decision was wrong. It is to be removed and kept down." in page
    assert FACTS in page
    assert her.get(address).headers["Location"] == PAGE


def test_an_address_of_a_page_says_what_to_do_apart_from_the_time(stage: Stage) -> None:
    page = browser_of(STATES["not_found"](stage)).get(PAGE).text

    assert "and copy its address. <time" not in page
    assert re.search(r"and copy its address\.</p>\s*<p><a href=\"/case/add/\">", page)


def test_a_file_to_keep_is_named_by_its_link_alone(stage: Stage) -> None:
    page = browser_of(STATES["removed"](stage)).get(PAGE).text

    assert re.search(r'<a href="/case/file/1/" download>Your notice was received</a>', page)
    assert "Save<span" not in page


def test_how_to_check_a_file_gives_the_command_and_the_address_of_the_key(stage: Stage) -> None:
    page = browser_of(STATES["fresh"](stage)).get(PAGE).text

    assert ">staydown verify notes.zip --key key.pem</pre>" in page
    assert '<a class="breaks" href="/key/" download>http://testserver/key/</a>' in page
    ended = browser_of(STATES["withdrawn"](stage)).get(PAGE).text
    assert ">staydown verify notes-1.json --key key.pem</pre>" in ended


def test_what_is_held_tells_what_came_of_her_complaint_and_who_helps_her(stage: Stage) -> None:
    case = STATES["stands"](stage)
    share_case(case=case, team=make_team("Helpline One", utc_now()), now=utc_now())
    her = browser_of(case)

    page = text_of(her.get("/case/data/").text)
    data = json.loads(her.post("/case/data/file/").content)

    assert "What came of it The decision stays" in page
    assert "Someone who helps you Helpline Helpline One" in page
    (complaint,) = data["complaints"]
    assert complaint["text"] == SAID_BY_HER
    assert complaint["answer"] == FACTS
    assert complaint["outcome"] == "stands"
    assert data["helplines"] == [
        {"name": "Helpline One", "has_begun": False, "since": data["helplines"][0]["since"]}
    ]


def test_a_question_of_the_reviewer_is_said_first_until_she_answers(stage: Stage) -> None:
    case = STATES["in_review"](stage)
    send_message(case=case, sender="staff", text="Which one is it?", now=utc_now())
    her = browser_of(case)
    asked = text_of(her.get(PAGE).text)
    assert "The reviewer wrote to you. You can read it and answer on this page." in asked
    assert asked.index("Write to the reviewer") < asked.index("Time for each place")
    assert "You do not need to do anything now" not in asked

    her.post("/case/message/", {"text": "The first one."})

    assert "You do not need to do anything now." in text_of(her.get(PAGE).text)


def test_what_she_can_do_against_a_refusal_stands_before_the_times(stage: Stage) -> None:
    page = browser_of(kept(stage)).get(PAGE).text

    assert page.index('id="again"') < page.index('id="places"')


def test_what_is_told_first_names_the_item_it_is_about(stage: Stage) -> None:
    page = text_of(browser_of(told(stage)).get(PAGE).text)

    words = "citrus.jpg: a reviewer thinks that it should not be removed Why: Not an intimate image"
    assert words in page[: page.index("Time for each place")]
    assert "Reviewing" not in page
    assert page.count("Waiting for an answer") == 2


def test_after_erasure_what_stays_blocked_is_still_told(stage: Stage) -> None:
    page = text_of(browser_of(STATES["erased"](stage)).get("/case/data/").text)

    assert "Fingerprints that we keep for you Item 1" in page
    assert STATEMENT not in page
