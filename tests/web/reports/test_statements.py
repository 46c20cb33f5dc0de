"""A statement of reasons: complete, sent once, never early, and nothing in it of whoever asked."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from review_scene import file_notice, place_copy
from statement_scene import FACTS, decide_firmly, make_copy, make_task
from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Delivery, Order, Parcel
from staydown_web.actions.services import add_endpoint, answer_order, make_orders, order_again
from staydown_web.actions.tasks import deliver
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal, unseal
from staydown_web.cases.models import Case
from staydown_web.cases.services.places import url_of
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import (
    as_text,
    link_of,
    new_copies,
    said_by,
    statement_by_token,
    worded,
)
from staydown_web.reports.services import (
    make_statement,
    make_statements,
    make_waiting_statements,
    state_blocked,
)
from staydown_web.review.models import Decision, Task
from staydown_web.review.services import Terms, decide, make_decisions_firm, undo_decision
from staydown_web.screening.models import Copy, Hit
from web_servers import answering, serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path, settings) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def task(platform, now) -> Task:
    """Two visible copies of one picture."""
    copies = [make_copy(platform, now, group="a" * 64) for _ in range(2)]
    return make_task(platform, now, *copies)


def data_of(parcel: Parcel) -> dict:
    return json.loads(unseal(parcel.box, context=f"parcel:{parcel.pk}"))


def test_each_uploader_has_a_statement_of_their_own(task, reviewer, now) -> None:
    decision = decide_firmly(task, reviewer, now)
    assert make_statements(now) > 0
    found = list(Statement.objects.all())
    assert {one.copy_id for one in found} == set(task.copies.values_list("pk", flat=True))
    assert len({said_by(one).token for one in found}) == 2
    assert {one.decision_id for one in found} == {decision.pk}
    assert Event.objects.filter(what="statement_made").count() == 2
    assert make_statements(now) == 0, "each decision once"
    assert Statement.objects.count() == 2


def test_everything_that_article_17_asks_for_is_said(task, reviewer, now) -> None:
    terms = Terms(restriction="disabled", scope="eea", ends_on=datetime(2027, 6, 30).date())  # noqa: DTZ001
    decide_firmly(task, reviewer, now, grounds=("eu-dsa", "platform-terms"), terms=terms)
    make_statements(now)
    statement = Statement.objects.first()
    words = worded(said_by(statement), complain_until=now + timedelta(days=184))
    assert words.what == "Nobody can open your picture any more."
    assert words.where == "On Forum Example, for people in the European Economic Area."
    assert words.how_long == "Until the end of 30 June 2027."
    assert words.facts.text == FACTS
    assert words.source == "Somebody gave us a notice about it. We do not say who."
    assert words.automation.endswith("did not find it. A person decided.")
    assert [ground.is_law for ground in words.grounds] == [True, False]
    assert all(ground.reference and ground.explanation for ground in words.grounds)
    assert "until 29 May 2027" in words.redress[0]
    assert "out of court" in words.redress[1]
    assert "court" in words.redress[2]
    text = as_text(words)
    for part in (words.what, words.where, words.how_long, FACTS, words.source, words.automation):
        assert part in text


@pytest.mark.parametrize(
    ("size", "laws", "is_said"),
    [
        ("micro", ["eu-dsa"], False),
        ("small", ["eu-dsa", "us-tida"], False),
        ("medium", ["eu-dsa"], True),
        ("", ["eu-dsa"], True),
        ("micro", ["us-tida"], True),
    ],
)
def test_settling_a_dispute_out_of_court_is_named_where_the_size_does_not_spare_it(
    task, platform, reviewer, now, size: str, laws: list[str], *, is_said: bool
) -> None:
    Platform.objects.filter(pk=platform.pk).update(size=size, regimes=laws)
    task = Task.objects.get(pk=task.pk)
    made = make_statement(decision=decide_firmly(task, reviewer, now), copy=None, now=now)
    redress = "\n".join(worded(said_by(made)).redress)
    assert ("Article 21" in redress) is is_said
    assert "court at any time" in redress
    page = Client().get(reverse("portal:complain", args=[said_by(made).token])).text
    assert ("a certified body" in page) is is_said
    assert "You can go to a court at any time." in page


def test_it_is_not_sent_before_the_decision_is_firm(task, reviewer, now) -> None:
    decision = decide(
        task=task, outcome="remove", grounds=["us-tida"], facts=FACTS, user=reviewer, now=now
    )
    make_statements(now)
    assert not Statement.objects.exists()
    with pytest.raises(RecordConflictError):
        make_statement(decision=decision, now=now)
    undo_decision(decision=decision, user=reviewer, now=now + timedelta(seconds=30))
    make_decisions_firm(now + timedelta(hours=1))
    make_statements(now + timedelta(hours=1))
    assert not Statement.objects.exists()
    assert not Parcel.objects.exists()


def test_a_restore_has_no_statement_and_ends_the_one_before(task, reviewer, lead, now) -> None:
    decide_firmly(task, reviewer, now, outcome="hold", grounds=(), facts="")
    make_statements(now)
    held = Statement.objects.all()
    assert [said_by(one).duration for one in held] == ["until_review"] * 2
    assert "second person" in said_by(held[0]).facts
    later = now + timedelta(hours=1)
    decide_firmly(task, lead, later, outcome="restore", grounds=("not_intimate",), facts="")
    make_statements(later)
    assert {one.state for one in Statement.objects.all()} == {"ended"}
    assert sorted(Parcel.objects.values_list("what", flat=True)) == [
        *["statement.ended"] * 2,
        *["statement.made"] * 2,
    ]


def test_a_hold_of_what_was_never_public_tells_nobody(platform, reviewer, now) -> None:
    task = make_task(platform, now, make_copy(platform, now, state="held"), source="upload")
    decide_firmly(task, reviewer, now, outcome="hold", grounds=(), facts="")
    make_statements(now)
    assert not Statement.objects.exists()


def test_a_removal_after_a_hold_takes_its_place(task, reviewer, lead, now) -> None:
    decide_firmly(task, reviewer, now, outcome="hold", grounds=(), facts="")
    make_statements(now)
    decide_firmly(task, lead, now + timedelta(hours=1))
    make_statements(now + timedelta(hours=1))
    states = Statement.objects.values_list("decision__outcome", "state").distinct()
    assert set(states) == {("hold", "ended"), ("remove", "standing")}


def test_what_software_found_says_so(platform, reviewer, now) -> None:
    task = make_task(platform, now, make_copy(platform, now, source="upload"), source="upload")
    decide_firmly(task, reviewer, now)
    make_statements(now)
    said = said_by(Statement.objects.get())
    assert (said.automation, said.source) == ("detected", "own")


def test_an_upload_that_software_stopped_later_has_a_statement_too(
    platform, bank, drawn_entry, reviewer, now
) -> None:
    first = make_copy(platform, now)
    hit(first, drawn_entry, now)
    decision = decide_firmly(make_task(platform, now, first), reviewer, now)
    later = now + timedelta(days=1)
    stopped = make_copy(platform, later, state="blocked", source="upload", verdict="block")
    hit(stopped, drawn_entry, later)
    make_copy(platform, later, state="blocked", source="upload", verdict="block")
    make_statements(now)
    assert state_blocked(later) == 1
    assert state_blocked(later) == 0
    statement = Statement.objects.get(copy=stopped)
    said = said_by(statement)
    assert statement.decision_id == decision.pk
    assert (said.automation, said.source, said.scope) == ("full", "own", "world")
    assert "Software stopped this upload." in said.facts
    assert worded(said).what == "Your upload was stopped. Nobody can see it."


def hit(copy: Copy, entry: Entry, now: datetime) -> None:
    Hit.objects.create(copy=copy, entry=entry, kind="same", score=0.97, response="block", at=now)


@pytest.fixture
def drawn_entry(bank, now) -> Entry:
    values = {"content_kind": "photo", "origin": "notice", "blind": "0" * 32, "box": b"sealed"}
    return Entry.objects.create(bank=bank, claimed_at=now, created_at=now, **values)


def test_the_platform_is_sent_the_text_and_the_link(task, platform, reviewer, now) -> None:
    with serving(answering(status="204 No Content")) as hook:
        platform.media_origins = [*platform.media_origins, hook.origin]
        platform.save()
        add_endpoint(platform=platform, url=hook.origin + "/hook", actor="system", now=now)
        decide_firmly(task, reviewer, now)
        make_statements(now)
        assert deliver(now) == 2
        bodies = [json.loads(one.partition(b"\r\n\r\n")[2]) for one in hook.requests]
    assert {body["type"] for body in bodies} == {"statement.made"}
    copies = {copy.content_ref for copy in task.copies.all()}
    assert {body["data"]["content_ref"] for body in bodies} == copies
    data = bodies[0]["data"]
    assert set(data["texts"]) == {"en", "es", "fr", "de"}
    assert FACTS in data["texts"]["en"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Event.objects.filter(what="parcel_sent").count() == 2
    token = data["link"].rstrip("/").rpartition("/")[2]
    assert str(statement_by_token(token).pk) == data["id"]


def test_nothing_of_whoever_asked_is_in_it(platform, reviewer, now) -> None:
    case = file_notice(platform, ["citrus.jpg"], now, urls=["http://127.0.0.1:8161/1.jpg"])
    copy = make_copy(platform, now)
    place_copy(case, copy, now)
    task = make_task(platform, now, copy, case=case)
    decide_firmly(task, reviewer, now)
    make_statements(now)
    make_waiting_statements(now + timedelta(days=2))
    statement = Statement.objects.get()
    said = said_by(statement)
    page = Client().get(reverse("reports:statement", args=[said.token])).content.decode()
    message = json.dumps(data_of(Parcel.objects.get()), ensure_ascii=False)
    for secret in ("Anna", "anna@", case.number, str(case.pk), reviewer.pseudonym, task.number):
        assert secret not in page, secret
        assert secret not in message, secret


def test_a_platform_without_a_webhook_asks_for_them(
    client, headers, task, other_platform, key_for, reviewer, now
) -> None:
    decide_firmly(task, reviewer, now)
    make_statements(now)
    first = client.get("/api/v1/statements", headers=headers).json()
    assert len(first["statements"]) == 2
    shown = first["statements"][0]
    assert FACTS in shown["texts"]["en"]
    assert (shown["state"], shown["restriction"]) == ("standing", "removed")
    assert shown["content_ref"] in {copy.content_ref for copy in task.copies.all()}
    again = client.get(f"/api/v1/statements?after={first['next']}", headers=headers).json()
    assert again == {"statements": [], "next": first["next"]}
    half = client.get(f"/api/v1/statements?after={shown['id']}", headers=headers).json()
    assert [one["id"] for one in half["statements"]] == [first["statements"][1]["id"]]
    _key, foreign = key_for(other_platform, "orders")
    theirs = {"Authorization": f"Bearer {foreign}"}
    assert client.get("/api/v1/statements", headers=theirs).json()["statements"] == []
    assert client.get(f"/api/v1/statements?after={shown['id']}", headers=theirs).status_code == 404


def test_the_page_says_all_and_is_open_to_the_link_alone(task, reviewer, now) -> None:
    decide_firmly(task, reviewer, now, grounds=("eu-dsa",))
    make_statements(now)
    answer_removals(now, "done")
    said = said_by(Statement.objects.first())
    client = Client()
    answer = client.get(reverse("reports:statement", args=[said.token]))
    page = answer.content.decode()
    assert "<title>Statement</title>" in page
    for words in (
        "Your picture was removed.",
        "Everywhere on Forum Example.",
        "Without an end.",
        FACTS,
        "2024/1385",
        "Ask for another look",
        reverse("portal:complain", args=[said.token]),
    ):
        assert words in page, words
    assert "no-store" in answer["Cache-Control"]
    wrong = client.get(reverse("reports:statement", args=["x" * 43]))
    assert wrong.status_code == 404
    assert b"This link does not work any more" in wrong.content


def test_the_page_of_an_ended_statement_says_so(task, reviewer, lead, now) -> None:
    decide_firmly(task, reviewer, now, outcome="hold", grounds=(), facts="")
    make_statements(now)
    decide_firmly(task, lead, now, outcome="restore", grounds=("not_intimate",), facts="")
    make_statements(now)
    said = said_by(Statement.objects.first())
    page = Client().get(reverse("reports:statement", args=[said.token])).content.decode()
    assert "no longer in force" in page
    assert "Ask for another look" not in page


def test_it_is_in_the_language_of_the_reader(task, reviewer, now) -> None:
    decide_firmly(task, reviewer, now)
    make_statements(now)
    said = said_by(Statement.objects.first())
    with translation.override("de"):
        assert "30. Mai 2027" not in worded(said).how_long
        day = worded(said, complain_until=now + timedelta(days=184)).redress[0]
    assert "2027" in day


def test_a_preview_shows_what_would_be_sent_and_stores_nothing(reviewer_client, task) -> None:
    address = reverse("reports:preview", args=[task.number])
    data = {"outcome": "remove", "grounds": ["us-tida"], "facts": "It was changed by Katharina."}
    page = reviewer_client.post(address + "?part=1", data).content.decode()
    assert "“Katharina” (a name)" in page
    assert "Your picture was removed." in page
    assert "STATEMENT_CATEGORY_CYBER_VIOLENCE" in page
    good = reviewer_client.post(address, {**data, "facts": FACTS}).content.decode()
    assert "Complete, and it names nobody" in good
    kept = reviewer_client.post(address, {"outcome": "restore"}).content.decode()
    assert "Nothing is restricted" in kept
    assert not Decision.objects.exists()
    assert not Statement.objects.exists()


def test_the_link_is_the_address_of_the_page(task, reviewer, now, settings) -> None:
    decide_firmly(task, reviewer, now)
    make_statements(now)
    said = said_by(Statement.objects.first())
    assert link_of(said) == f"{settings.STAYDOWN_URL}/statement/{said.token}/"


def test_staff_find_the_uploader_s_page_from_the_decision_and_that_is_an_event(
    reviewer_client, task, reviewer, now
) -> None:
    made = decide_firmly(task, reviewer, now)
    address = reverse("reports:decision_statements", args=[made.pk])
    assert address in reviewer_client.get(reverse("review:task", args=[task.number])).text
    before = reviewer_client.post(address).text
    assert "it is being written" in before
    make_statements(now)
    page = reviewer_client.post(address).text
    for one in Statement.objects.all():
        assert link_of(said_by(one)) in page
    assert page.count("In force") == 2
    event = Event.objects.filter(what="statement_links_viewed").last()
    assert (event.actor, event.subject) == (f"user:{reviewer.pk}", f"decision:{made.pk}")
    assert event.facts == {"statements": 2, "addresses": 2}
    assert said_by(Statement.objects.first()).token not in str(event.facts)
    assert reviewer_client.get(address).status_code == 405, "a link alone opens nothing"
    unknown = reverse("reports:decision_statements", args=[new_id()])
    assert reviewer_client.post(unknown).status_code == 404


def _copy_at(platform, now, url: str, **more) -> Copy:
    copy = make_copy(platform, now, **{"group": "a" * 64, "content_ref": "", **more})
    copy.url_box = seal(url.encode(), context=f"copy:{copy.pk}") if url else None
    copy.save()
    return copy


def test_links_of_several_uploaders_can_be_told_apart(
    reviewer_client, platform, reviewer, now
) -> None:
    urls = [f"https://forum.example/p/{n}?a=1&b=2" for n in (1, 2)]
    copies = [_copy_at(platform, now, url) for url in urls]
    bare = _copy_at(platform, now, "", source="upload")
    named = _copy_at(platform, now, "https://forum.example/p/3", content_ref="post-3")
    made = decide_firmly(make_task(platform, now, *copies, bare, named), reviewer, now)
    make_statements(now)
    page = reviewer_client.post(reverse("reports:decision_statements", args=[made.pk])).text
    headings = re.findall(r'<h2 id="link-[^>]*>(.*?)</h2>', page, re.DOTALL)
    assert len(headings) == len(set(headings)) == 4
    assert {html.unescape(re.sub("<[^>]*>", "", one)) for one in headings} == {
        *urls, str(bare.pk), "post-3"
    }  # fmt: skip
    assert "https://forum.example/p/3" in page
    assert page.count("First seen") == 4
    event = Event.objects.filter(what="statement_links_viewed").last()
    assert event.facts == {"statements": 4, "addresses": 3}
    assert "forum.example/p" not in str(event.facts)


def test_a_preview_names_the_last_day_to_complain_and_agrees_with_the_form(
    reviewer_client, task
) -> None:
    address = reverse("reports:preview", args=[task.number]) + "?part=1"
    good = {"outcome": "remove", "grounds": ["us-tida"], "facts": FACTS}
    day, within = utc_now(), timedelta(days=184, seconds=60)
    page = reviewer_client.post(address, good).text
    last = {(moment + within).date().isoformat() for moment in (day, utc_now())}
    assert any(f'<time datetime="{one}">' in page for one in last)
    assert "names nobody" in page
    assert "data-wrong" not in page
    for wrong, field in (({"grounds": []}, "grounds"), ({"facts": ""}, "facts")):
        page = reviewer_client.post(address, {**good, **wrong}).text
        assert f'data-wrong="{field}"' in page
        assert "names nobody" not in page
    named = reviewer_client.post(address, {**good, "facts": "Katharina changed it."}).text
    assert 'data-wrong="facts"' in named
    assert "names nobody" not in named
    held = reviewer_client.post(address, {"outcome": "hold", "facts": ""}).text
    assert "It is hidden until a second person has decided." in held
    assert "You can complain until" not in held
    assert "Nothing is restricted" not in reviewer_client.post(address, {}).text


def removed_by_hand(platform, reviewer, now, urls: int) -> Decision:
    """A reviewer found it on the platform, of whose addresses none showed a copy."""
    Platform.objects.filter(pk=platform.pk).update(media_origins=["https://media.forum.example"])
    platform.refresh_from_db()
    given = [f"https://media.forum.example/{n}.jpg" for n in range(urls)]
    case = file_notice(
        platform, ["citrus.jpg"], now, urls=given, place="In the album of Ada Example"
    )
    if not urls:
        case.locations.all().delete()
    case.locations.update(state="not_found", next_try_at=None)
    made = make_task(platform, now, case=case, item=case.items.get())
    return decide_firmly(made, reviewer, now)


@pytest.mark.parametrize(
    ("urls", "sent"), [(1, "https://media.forum.example/0.jpg"), (2, ""), (0, "")]
)
def test_without_a_copy_the_one_reported_address_says_whom_it_is_for(
    reviewer_client, platform, reviewer, now, urls, sent
) -> None:
    decision = removed_by_hand(platform, reviewer, now, urls)
    statement = make_statement(decision=decision, now=now)
    message = message_of(statement, said_by(statement))
    assert (message["content_ref"], message["content_url"]) == ("", sent)
    page = reviewer_client.post(reverse("reports:decision_statements", args=[decision.pk])).text
    assert page.count("https://media.forum.example/") == urls
    assert ("Please give the link to whoever uploaded" in page) == (urls != 1)
    assert "Ada Example" not in str(message)
    event = Event.objects.filter(what="statement_links_viewed").last()
    assert event.facts == {"statements": 1, "addresses": urls}
    Case.objects.update(erased_at=now)
    assert message_of(statement, said_by(statement))["content_url"] == ""


def test_an_address_of_another_copy_is_not_where_it_was(platform, reviewer, now) -> None:
    decision = removed_by_hand(platform, reviewer, now, 2)
    case = decision.task.case
    place_copy(case, make_copy(platform, now, group="b" * 64), now)
    other = case.locations.get(copy__isnull=True)
    statement = make_statement(decision=decision, now=now)
    message = message_of(statement, said_by(statement))
    assert message["content_url"] == url_of(other)


def test_of_what_nobody_saw_here_new_copies_are_held_and_not_stopped(
    reviewer_client, platform, reviewer, now
) -> None:
    decision = removed_by_hand(platform, reviewer, now, 1)
    statement = make_statement(decision=decision, now=now)
    said = said_by(statement)
    held = "New copies of it are held until a person has decided."
    assert held in message_of(statement, said)["texts"]["en"]
    assert held in Client().get(link_of(said)).text
    decision.task.item.content_kind = ""
    assert worded(said, copies=new_copies(decision)).how_long == "Without an end."


def answer_removals(now: datetime, state: str) -> None:
    make_orders(now)
    for order in Order.objects.filter(state="waiting").order_by("seq"):
        answered = "done" if order.what == "hold" else state
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, state=answered, note="",
            actor="system", now=now,
        )  # fmt: skip


@pytest.mark.parametrize("outcome", ["remove", "restore"])
def test_a_removal_that_failed_is_not_stated_any_more_once_it_is_decided_anew(
    platform, reviewer, user_named, now, outcome
) -> None:
    copy = make_copy(platform, now)
    decide_firmly(make_task(platform, now, copy), reviewer, now)
    make_statements(now)
    assert Statement.objects.get().state == "standing"
    answer_removals(now, "failed")

    back = Task.objects.get(state="open")
    grounds = ("us-tida",) if outcome == "remove" else ("satire",)
    anew = decide_firmly(
        back, user_named("sara"), now + timedelta(hours=1), outcome=outcome, grounds=grounds
    )
    make_statements(now + timedelta(hours=2))

    standing = Statement.objects.filter(state="standing")
    assert [one.decision for one in standing] == ([anew] if outcome == "remove" else [])
    first = Statement.objects.exclude(decision=anew).get()
    assert (first.state, first.ended_at) == ("ended", now + timedelta(hours=2))


def test_a_removal_that_failed_and_is_ordered_again_is_stated_on(platform, reviewer, now) -> None:
    decide_firmly(make_task(platform, now, make_copy(platform, now)), reviewer, now)
    make_statements(now)
    page = reverse("reports:statement", args=[said_by(Statement.objects.get()).token])
    failed = "It was decided, and the site could not carry it out yet."
    assert failed not in Client().get(page).text
    answer_removals(now, "failed")
    assert failed in Client().get(page).text
    order_again(order_id=Order.objects.get(state="failed").pk, actor="system", now=now)
    answer_removals(now, "done")
    make_statements(now + timedelta(hours=2))
    assert failed not in Client().get(page).text
    assert Statement.objects.get().state == "standing"


@pytest.mark.parametrize("outcome", ["remove", "restore"])
def test_a_removal_that_failed_while_its_statement_waited_is_never_stated(
    platform, reviewer, user_named, now, outcome
) -> None:
    case = file_notice(platform, ["citrus.jpg"], now, urls=["http://127.0.0.1:8161/media/1.jpg"])
    copy = make_copy(platform, now)
    place_copy(case, copy, now)
    task = make_task(platform, now, copy, case=case, item=case.items.get())
    decide_firmly(task, reviewer, now)
    make_statements(now + timedelta(minutes=3))
    assert not Statement.objects.exists(), "whoever reported it is told first"
    answer_removals(now + timedelta(minutes=3), "failed")

    grounds = ("us-tida",) if outcome == "remove" else ("satire",)
    anew = decide_firmly(
        Task.objects.get(state="open"), user_named("sara"), now + timedelta(hours=1),
        outcome=outcome, grounds=grounds,
    )  # fmt: skip
    for hours in (2, 60, 120, 180):
        moment = now + timedelta(hours=hours)
        make_decisions_firm(moment)
        make_statements(moment)
        make_waiting_statements(moment)

    stated = [one.decision for one in Statement.objects.all()]
    assert stated == ([anew] if outcome == "remove" else [])
