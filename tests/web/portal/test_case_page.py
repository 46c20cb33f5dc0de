"""The page of a case: opened by number and words, read, added to, written on, taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from review_scene import make_copy
from staydown.types import Fingerprint
from staydown_web.banks.models import Entry
from staydown_web.cases.models import Case, Claim, Contact, Item, Location, Message
from staydown_web.cases.services import add_to_case, send_message, settle_item, settle_location
from staydown_web.cases.services.looking import take_location
from staydown_web.cases.services.messages import MOST_A_DAY
from staydown_web.portal.models import OpenPage
from staydown_web.review import tasks
from staydown_web.screening.models import BlockWeek

pytestmark = pytest.mark.django_db
Filed = Callable[..., tuple[Case, str]]
Opened = Callable[..., tuple[Client, Case]]
Document = Callable[..., dict[str, Any]]


def html_of(answer: Any) -> str:
    return answer.content.decode()


def test_a_file_has_its_size_as_the_page_before_wrote_it(opened: Opened) -> None:
    her, _case = opened()

    assert "3.2\N{NO-BREAK SPACE}MB · " in html_of(her.get("/case/page/"))


def test_number_and_words_open_the_page_however_they_are_typed(
    person: Client, filed: Filed
) -> None:
    case, phrase = filed()

    typed = {"number": case.number.lower().replace("-", " "), "phrase": phrase.upper()}
    answer = person.post("/case/", typed, follow=True)

    assert answer.redirect_chain == [("/case/page/", 302)]
    assert case.number in html_of(answer)


@pytest.mark.parametrize("path", ["/help-lines/", "/hide-visit/", "/your-data/", "/rules/"])
def test_pages_that_inform_lead_back_to_an_open_case(opened: Opened, path: str) -> None:
    back = 'href="/case/page/">Back to your page'
    her, _case = opened()
    assert back in html_of(her.get(path))
    her.post("/case/close/")
    assert back not in html_of(her.get(path))


def test_wrong_words_and_an_unknown_number_look_alike(person: Client, filed: Filed) -> None:
    case, phrase = filed()

    wrong = person.post("/case/", {"number": case.number, "phrase": "one two three"})
    unknown = person.post("/case/", {"number": "C-2222-2222", "phrase": phrase})

    assert wrong.status_code == unknown.status_code == 403
    assert without_times(html_of(wrong)).replace(case.number, "") == without_times(
        html_of(unknown)
    ).replace("C-2222-2222", "").replace(phrase, "one two three")
    assert "page" not in person.cookies


def test_wrong_words_come_back_so_that_one_letter_can_be_mended(person: Client) -> None:
    typed = {"number": "C-2222-2222", "phrase": 'statly arrange "olive" <b> drapery'}

    answer = person.post("/case/", typed)

    assert 'value="C-2222-2222"' in html_of(answer)
    assert ">statly arrange &quot;olive&quot; &lt;b&gt; drapery</textarea>" in html_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "olive" not in html_of(person.get("/case/"))


def test_the_cookie_is_short_lived_unreadable_and_not_the_staffs(opened: Opened) -> None:
    person, _case = opened()

    cookie = person.cookies["page"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Strict", "")
    assert "session" not in person.cookies
    assert OpenPage.objects.get().token_digest != cookie.value


def test_the_page_closes_after_twenty_minutes_of_rest(opened: Opened) -> None:
    person, _case = opened()
    OpenPage.objects.update(used_at=timezone.now() - timedelta(minutes=20))

    assert person.get("/case/page/").headers["Location"] == "/case/"


def test_the_page_closes_after_two_hours_of_use(opened: Opened) -> None:
    person, _case = opened()
    OpenPage.objects.update(opened_at=timezone.now() - timedelta(hours=2))

    assert person.get("/case/page/").headers["Location"] == "/case/"


@pytest.mark.parametrize("path", ["/case/page/", "/case/add/", "/case/add/send/"])
def test_without_the_cookie_every_page_leads_to_the_door(person: Client, path: str) -> None:
    assert person.get(path).headers["Location"] == "/case/"


@pytest.mark.parametrize("path", ["/case/message/", "/case/withdraw/", "/case/keep/"])
def test_without_the_cookie_nothing_can_be_done(person: Client, filed: Filed, path: str) -> None:
    case, _phrase = filed()

    answer = person.post(path, {"text": "x"})

    assert answer.status_code == 403
    assert "Nothing was sent" in html_of(answer)
    case.refresh_from_db()
    assert case.withdrawal_asked_at is None


def test_the_page_says_time_in_words_and_files_by_name_size_and_date(opened: Opened) -> None:
    person, _case = opened()

    html = html_of(person.get("/case/page/"))

    assert "1 day and 23 hours left" in html
    assert "IMG_2041.jpg" in html
    assert "3.1" in html
    assert "14 March 2026" in html
    assert "<img" not in html


def test_an_address_of_a_website_that_does_not_take_part_waits_for_nothing(opened: Opened) -> None:
    urls = ["http://127.0.0.1:8161/p/1", "https://elsewhere.example/p/1"]
    person, _case = opened(files=[], urls=urls, way="link")

    rows = person.get("/case/page/").context["rows"]

    assert [(row.where, row.chip.words) for row in rows] == [
        ("Forum Example", "Waiting"),
        ("elsewhere.example", "Not taking part"),
    ]


def test_what_to_do_where_a_website_has_not_joined_is_said_once(opened: Opened) -> None:
    urls = ["https://elsewhere.example/p/1", "https://other.example/p/1"]
    person, _case = opened(files=[], urls=urls, way="link")

    page = person.get("/case/page/")

    assert html_of(page).count("You can write to it yourself") == 1
    notes = [place.note for place in page.context["places"]]
    assert notes[1] == "This website has not joined, so we cannot act there."
    assert notes[0].startswith(f"{notes[1]} You can write to it yourself")


def test_an_item_is_removed_when_the_website_says_so(opened: Opened) -> None:
    person, case = opened(files=[], urls=["http://127.0.0.1:8161/p/1"], way="link")
    place, now = case.locations.get(), timezone.now()
    settle_location(location=place, state=Location.State.FOUND, now=now)
    for state in (Item.State.IN_REVIEW, Item.State.REMOVED):
        settle_item(item=case.items.get(), state=state, actor="system", now=now)

    def words() -> list[str]:
        return [row.chip.words for row in person.get("/case/page/").context["rows"]]

    assert words() == ["Decided"]
    settle_location(location=place, state=Location.State.REMOVED, now=now)
    assert words() == ["Removed"]

    told = [one.what for one in person.get("/case/page/").context["story"]]
    assert "Removed at Forum Example" in told
    assert "Link 1: removed" not in told, "one fact is one line"


def test_a_link_stays_a_link_once_its_picture_was_seen(opened: Opened) -> None:
    person, case = opened(files=[], urls=["http://127.0.0.1:8161/p/1"], way="link")
    case.items.update(content_kind="photo")

    assert [row.name for row in person.get("/case/page/").context["rows"]] == ["Link 1"]


def test_what_is_missing_is_named_with_its_remedy(opened: Opened) -> None:
    person, _case = opened(answers={"signature": ""})

    html = html_of(person.get("/case/page/"))

    assert "Something is still missing" in html
    assert "Type your full name under the text" in html


def test_adding_what_was_missing_makes_it_complete(opened: Opened, document: Document) -> None:
    person, case = opened(answers={"signature": ""})
    page = person.get("/case/add/").context["page"]
    assert page["unsigned"] == ["us-tida"]
    assert page["given"]["has_signature"] is False
    assert page["given"]["has_email"] is True

    whole = document(urls=[], files=[])
    more = {key: whole[key] for key in ("version", "token", "urls", "files", "answers")}
    answer = person.post("/case/add/send/", {"document": json.dumps(more)}, follow=True)

    case.refresh_from_db()
    assert case.valid_at is not None
    assert "What you added is there." in html_of(answer)


@pytest.mark.parametrize(
    ("seeds", "urls", "said"),
    [
        ([1], [], "What you chose is in your case already."),
        ([1, 2], [], "A part of it was in your case already"),
        ([1], ["http://127.0.0.1:8161/p/2"], "A part of it was in your case already"),
        ([2], [], "What you added is there. "),
    ],
)
def test_a_picture_that_is_there_is_said_to_be_there(
    opened: Opened,
    document: Document,
    drawn_fingerprint: Callable[[int], Fingerprint],
    seeds: list[int],
    urls: list[str],
    said: str,
) -> None:
    person, case = opened()
    files = [{"fingerprint": json.loads(drawn_fingerprint(seed).to_json())} for seed in seeds]
    whole = document(urls=urls, files=files)
    more = {key: whole[key] for key in ("version", "token", "urls", "files")}

    answer = person.post("/case/add/send/", {"document": json.dumps(more)}, follow=True)

    assert said.strip() in html_of(answer)
    assert ("in your case already" in html_of(answer)) is (1 in seeds)
    assert 'data-added="/case/add/send/" hidden' in html_of(answer), "the draft is deleted"
    assert case.items.count() == len({1, *seeds})


def test_the_page_of_adding_can_send_nothing_either(opened: Opened) -> None:
    person, _case = opened()

    policy = person.get("/case/add/").headers["Content-Security-Policy"]

    assert "connect-src 'none'" in policy
    assert "form-action 'none'" in policy


def test_what_is_wrong_with_an_addition_comes_back(opened: Opened, document: Document) -> None:
    person, case = opened()
    whole = document(urls=["not an address"], files=[])
    more = {key: whole[key] for key in ("version", "token", "urls", "files")}

    answer = person.post("/case/add/send/", {"document": json.dumps(more)})

    assert answer.status_code == 400
    assert "write a full address" in html_of(answer)
    assert case.locations.count() == 1


def test_messages_go_both_ways_and_are_noted_as_read(opened: Opened) -> None:
    person, case = opened()
    now = timezone.now()
    send_message(case=case, sender=Message.Sender.STAFF, text="Is it this one?", now=now)

    html = html_of(person.get("/case/page/"))
    answer = person.post("/case/message/", {"text": "Yes <b>it</b> is."}, follow=True)

    assert "Is it this one?" in html
    assert case.messages.get(sender="staff").read_at is not None
    assert "Yes &lt;b&gt;it&lt;/b&gt; is." in html_of(answer)


def test_an_empty_message_says_what_to_do(opened: Opened) -> None:
    person, _case = opened()

    answer = person.post("/case/message/", {"text": "  "})

    assert answer.status_code == 400
    assert "Write between 1 and" in html_of(answer)


def test_a_removal_is_stated(opened: Opened) -> None:
    person, case = opened()
    item = case.items.get()
    settle_item(item=item, state=Item.State.REMOVED, actor="system", now=timezone.now())

    html = html_of(person.get("/case/page/"))

    assert "There is a decision" in html
    assert "IMG_2041.jpg: removed" in html


def test_taking_it_back_at_once_ends_the_case_and_its_page(opened: Opened) -> None:
    person, case = opened()

    answer = person.post("/case/withdraw/", follow=True)

    case.refresh_from_db()
    assert case.state == Case.State.WITHDRAWN
    assert "You took back your request" in html_of(answer)
    assert "IMG_2041.jpg" not in html_of(answer)


def test_with_a_pause_the_page_looks_the_same_and_the_case_goes_on(
    filed: Filed, opened: Opened
) -> None:
    def shown(**changes: Any) -> tuple[str, Case]:
        person, case = opened(**changes)
        html = html_of(person.post("/case/withdraw/", follow=True))
        return html.replace(case.number, "N"), case

    at_once, _ended = shown()
    paused, case = shown(withdrawal_mode="cooling", safe_contact="friend@mail.example")

    case.refresh_from_db()
    assert case.state != Case.State.WITHDRAWN
    assert case.withdrawal_due_at is not None
    for html in (at_once, paused):
        assert "You took back your request" in html
    assert without_times(at_once) == without_times(paused)


def without_times(html: str) -> str:
    html = re.sub(r"<time.*?</time>", "", html, flags=re.DOTALL)
    # Of the number that was typed, whether it exists or not: `test_tries.py`.
    html = re.sub(r'name="tries" value="[^"]+"', "", html)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)


def test_in_a_pause_nothing_can_be_added_or_written(opened: Opened, document: Document) -> None:
    person, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    person.post("/case/withdraw/")

    person.post("/case/message/", {"text": "hello"})
    added = person.get("/case/add/")

    assert case.messages.count() == 0
    assert added.headers["Location"] == "/case/page/"


def test_the_page_never_names_the_safe_contact(opened: Opened) -> None:
    person, _case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")

    html = html_of(person.get("/case/page/"))

    assert "friend@mail.example" not in html
    assert Contact.objects.filter(role="safe").exists()


def test_a_threat_can_be_watched_for_longer(opened: Opened) -> None:
    person, case = opened(way="threatened")
    Case.objects.update(expires_at=timezone.now() + timedelta(days=3))

    answer = person.post("/case/keep/", follow=True)

    case.refresh_from_db()
    assert case.expires_at > timezone.now() + timedelta(days=170)
    assert "We go on watching." in html_of(answer)


@pytest.mark.parametrize("state", ["in_review", "removed", "kept"])
def test_once_something_came_no_day_is_told_on_which_watching_ends(
    opened: Opened, state: str
) -> None:
    person, case = opened(way="threatened")
    Case.objects.update(expires_at=timezone.now() - timedelta(days=3))
    case.items.update(state=state)

    html = html_of(person.get("/case/page/"))

    for words in ("We watch for your pictures", "We stop watching", "If someone uploads a copy"):
        assert words not in html


def test_the_address_of_a_page_is_settled_by_that_of_the_picture(opened: Opened) -> None:
    person, case = opened()
    page = case.locations.get()
    settle_location(
        location=page, state="not_found", reason=Location.Reason.PAGE, now=timezone.now()
    )
    assert "leads to a page" in html_of(person.get("/case/page/"))
    add_to_case(case=case, urls=["http://127.0.0.1:8161/media/1.jpg"], now=timezone.now())
    settle_location(
        location=case.locations.exclude(pk=page.pk).get(), state="removed", now=timezone.now()
    )
    case.items.update(state="removed")

    html = html_of(person.get("/case/page/"))

    assert "leads to a page" not in html
    assert "It was removed" in html


def test_help_with_a_page_stands_with_the_reason_of_the_page(opened: Opened) -> None:
    person, case = opened()
    gone = case.locations.get()
    settle_location(location=gone, state="not_found", reason="gone", now=timezone.now())
    add_to_case(case=case, urls=["http://127.0.0.1:8161/p/2"], now=timezone.now())
    page = case.locations.exclude(pk=gone.pk).get()
    settle_location(location=page, state="not_found", reason="page", now=timezone.now())

    (place,) = person.get("/case/page/").context["places"]

    assert place.note.startswith("We found no picture or video on this page.")
    assert "add the address of the picture itself" in place.note


@pytest.mark.parametrize(("state", "reason"), [("unreachable", "silent"), ("not_found", "gone")])
def test_an_address_that_is_added_again_is_looked_at_again(
    opened: Opened, state: str, reason: str
) -> None:
    person, case = opened()
    place = case.locations.get()
    settle_location(location=place, state=state, reason=reason, now=timezone.now())
    assert "We try again" not in html_of(person.get("/case/page/"))

    at = timezone.now()
    add_to_case(case=case, urls=["http://127.0.0.1:8161/p/1"], now=at)

    assert case.locations.count() == 1
    taken = take_location(now=at + timedelta(minutes=1))
    assert taken is not None
    assert (taken.pk, taken.state, taken.reason, taken.tries) == (place.pk, "new", "", 1)


def test_a_threat_that_came_true_is_offered_the_platforms_laws(opened: Opened) -> None:
    person, _case = opened(way="threatened")

    page = person.get("/case/add/").context["page"]

    assert page["comingTrue"] == ["us-tida"]
    assert page["given"]["has_signature"] is False


def test_closing_ends_it_on_the_server_too(opened: Opened) -> None:
    person, _case = opened()
    token = person.cookies["page"].value

    person.post("/case/close/")

    other = Client()
    other.cookies["page"] = token
    assert other.get("/case/page/").headers["Location"] == "/case/"


def test_one_case_never_shows_anothers(filed: Filed, opened: Opened) -> None:
    other, _phrase = filed(files=[])
    person, case = opened()

    html = html_of(person.get("/case/page/"))

    assert case.number in html
    assert other.number not in html


def test_words_that_were_taken_away_close_an_open_page(opened: Opened) -> None:
    person, _case = opened()
    Case.objects.update(phrase_hash="")

    assert person.get("/case/page/").headers["Location"] == "/case/"


def test_stopped_uploads_stand_in_a_chart_and_a_table_two_weeks_late(opened: Opened) -> None:
    person, case = opened()
    entry = Claim.objects.get(item__case=case).entry
    Entry.objects.update(state=Entry.State.CONFIRMED)
    removed_at = timezone.now() - timedelta(weeks=9)
    case.items.update(state=Item.State.REMOVED, state_at=removed_at)
    today = timezone.now().date()
    monday = today - timedelta(days=today.weekday())
    for weeks, count in ((6, 2), (5, 5), (4, 1), (0, 90)):
        BlockWeek.objects.create(entry=entry, week=monday - timedelta(weeks=weeks), count=count)

    html = html_of(person.get("/case/page/"))

    assert ">8</span> new uploads of your pictures were stopped." in html
    assert "2, 5, 1." in html
    assert html.count('<rect class="fill"') == 3
    assert '<td class="num">5</td>' in html


def test_the_number_of_stopped_uploads_never_falls(opened: Opened) -> None:
    person, case = opened()
    entry = Claim.objects.get(item__case=case).entry
    Entry.objects.update(state=Entry.State.CONFIRMED)
    case.items.update(state=Item.State.REMOVED, state_at=timezone.now() - timedelta(weeks=30))
    today = timezone.now().date()
    monday = today - timedelta(days=today.weekday())
    for weeks in range(4, 20):
        BlockWeek.objects.create(entry=entry, week=monday - timedelta(weeks=weeks), count=10)

    assert ">160</span> new uploads" in html_of(person.get("/case/page/"))


@pytest.mark.parametrize("path", ["/case/message/", "/case/withdraw/", "/case/keep/"])
def test_what_is_sent_from_a_page_that_was_closed_is_said_to_be_lost_and_given_back(
    opened: Opened, path: str
) -> None:
    person, case = opened()
    OpenPage.objects.update(used_at=timezone.now() - timedelta(minutes=21))

    answer = person.post(path, {"text": "It is not a <film>."})

    assert answer.status_code == 403
    html = html_of(answer)
    assert "Nothing was sent" in html
    assert "It is not a &lt;film&gt;." in html
    assert not case.messages.exists()
    assert not answer.cookies["page"].value


@pytest.mark.parametrize("path", ["/case/message/", "/case/told/", "/case/keep/"])
def test_what_is_sent_where_no_page_is_open_is_given_back_without_a_word_of_a_case(
    opened: Opened, client: Client, path: str
) -> None:
    person, case = opened()
    person.post("/case/close/")

    closed = person.post(path, {"text": "It is not a <film>."})
    stranger = client.post(path, {"text": "It is not a <film>."})

    assert closed.status_code == stranger.status_code == 403
    html = html_of(closed)
    assert "Nothing was sent" in html
    assert "No page is open in this browser." in html
    assert "It is not a &lt;film&gt;." in html
    assert without_times(html) == without_times(html_of(stranger))
    assert not case.messages.exists()


def test_a_message_too_many_keeps_its_text_and_says_why(opened: Opened) -> None:
    person, case = opened()
    for number in range(MOST_A_DAY):
        send_message(case=case, sender="person", text=str(number), now=timezone.now())

    html = html_of(person.post("/case/message/", {"text": "One more thing."}))

    assert "These are many messages for one day." in html
    assert ">One more thing.</textarea>" in html
    assert case.messages.count() == MOST_A_DAY


def test_seeds_alone_show_no_numbers(opened: Opened) -> None:
    person, case = opened()
    entry = Claim.objects.get(item__case=case).entry
    BlockWeek.objects.create(entry=entry, week=timezone.now().date() - timedelta(weeks=6), count=9)

    html = html_of(person.get("/case/page/"))

    assert "Nothing to show yet" in html


@pytest.mark.parametrize(
    ("item", "place", "title"),
    [
        (Item.State.REMOVED, Location.State.REMOVED, "It was removed"),
        (Item.State.KEPT, Location.State.REMOVED, "It was not removed"),
        (Item.State.KEPT, Location.State.NEW, "It was not removed"),
        (Item.State.IN_REVIEW, Location.State.NEW, "Your notice is complete"),
    ],
)
def test_the_headline_says_no_more_than_is_true(
    opened: Opened, item: str, place: str, title: str
) -> None:
    person, case = opened()
    case.items.update(state=item)
    case.locations.update(state=place)

    assert f"<h1>{title}</h1>" in html_of(person.get("/case/page/"))


@pytest.mark.parametrize(
    ("state", "lead", "ahead"),
    [
        ("confirmed", "New copies are stopped at upload.", "Copies are stopped when someone"),
        ("seed", "New copies are held until a person has decided.", "Copies are held when someone"),
        (
            "disputed",
            "It is removed at all your addresses on websites that take part here.</p>",
            "a decision",
        ),
    ],
)
def test_no_more_is_promised_of_new_copies_than_what_somebody_confirmed(
    opened: Opened, state: str, lead: str, ahead: str
) -> None:
    person, case = opened()
    case.items.update(state=Item.State.REMOVED)
    case.locations.update(state=Location.State.REMOVED)
    confirmed_at = timezone.now() if state == "confirmed" else None
    Entry.objects.filter(claims__item__case=case).update(state=state, confirmed_at=confirmed_at)

    html = html_of(person.get("/case/page/"))

    assert lead in html
    assert ahead in html
    assert ("stopped at upload" in html) == (state == "confirmed")


HELD_BACK = "Some copies are held back, and no reviewer has decided about them yet."


@pytest.mark.parametrize(
    ("days_ago", "state", "entry", "is_said"),
    [
        (20, "held", "confirmed", True),
        (3, "held", "confirmed", False),
        (60, "held", "confirmed", False),
        (20, "held", "seed", False),
        (20, "removed", "confirmed", False),
    ],
    ids=["held", "told late", "before her removal", "a seed", "decided"],
)
def test_that_copies_are_held_and_not_decided_is_said_late_as_all_that_was_found(
    opened: Opened, platform: Any, days_ago: int, state: str, entry: str, is_said: bool
) -> None:
    person, case = opened()
    now = timezone.now()
    case.items.update(state=Item.State.REMOVED, state_at=now - timedelta(days=40))
    case.locations.update(state=Location.State.REMOVED)
    at = now if entry == "confirmed" else None
    Entry.objects.filter(claims__item__case=case).update(state=entry, confirmed_at=at)
    seen_at = now - timedelta(days=days_ago)
    claimed = case.items.get().claims.get().entry
    copy = make_copy(platform, claimed, seen_at, match=("altered", 0.9, {}), group="g", state=state)
    tasks.take_in(seen_at)
    assert copy.tasks.exists() == (state == "held")

    html = html_of(person.get("/case/page/"))

    assert "It is removed at all your addresses on websites that take part here." in html
    assert (HELD_BACK in html) == is_said
    assert ("<h1>It was removed where you reported it</h1>" in html) == is_said


@pytest.mark.parametrize("what", ["message", "keep", "withdraw", "close"])
def test_what_only_a_button_does_leads_back_when_it_is_opened_by_its_address(
    opened, person, what
) -> None:
    address = f"/case/{what}/"
    assert person.get(address).url == "/case/"
    her, case = opened()

    assert her.get(address).url == "/case/page/"

    assert her.get("/case/page/").status_code == 200  # still open, and nothing was taken back
    case.refresh_from_db()
    assert case.withdrawal_asked_at is None
    assert her.put(address).status_code == 405
