"""The first page and the pages that only inform: open to all, no cookie, nothing stored."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.portal.urls import urlpatterns

pytestmark = pytest.mark.django_db

OPEN = [
    "/",
    "/start/",
    "/under-18/",
    "/help-lines/",
    "/hide-visit/",
    "/evidence/",
    "/your-data/",
    "/notice/",
]
WITH_FORMS = ["/language/", "/notice/send/", "/notice/plain/", "/case/"]
CLOSED = (
    "default-src 'none'; style-src 'self'; connect-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
NOTICE_POLICY = {
    *CLOSED.split("; "),
    "script-src 'self' 'wasm-unsafe-eval'",
    "img-src 'self' blob: data:",
    "media-src blob:",
    "worker-src 'self'",
    "form-action 'none'",
    "trusted-types staydown-worker",
}
SEND_POLICY = {
    *CLOSED.split("; "),
    "script-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "trusted-types 'none'",
}


def rows() -> int:
    """How many rows there are in all tables."""
    return sum(model.objects.count() for model in apps.get_models())


def policy_of(answer) -> set[str]:
    return set(answer.headers["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize("path", OPEN)
def test_pages_before_a_form_set_no_cookie_and_store_nothing(person: Client, path: str) -> None:
    before = rows()

    answer = person.get(path)

    assert (answer.status_code, rows()) == (200, before)
    assert answer.cookies == {}
    assert answer.headers["Cache-Control"] == "no-store"


def test_keeping_evidence_is_spoken_of_at_the_start_and_leads_back(person: Client) -> None:
    def html(path: str) -> str:
        return person.get(path).content.decode()

    assert 'href="/evidence/?from=start"' in html("/")
    assert ">Back to the start</a>" in html("/evidence/?from=start")
    assert ">Back to your notice</a>" in html("/evidence/?from=elsewhere")


@pytest.mark.parametrize("path", WITH_FORMS)
def test_pages_with_forms_set_the_forms_cookie_alone(person: Client, path: str) -> None:
    answer = person.get(path)

    assert answer.status_code == 200
    assert set(answer.cookies) == {"form"}
    assert answer.cookies["form"]["httponly"]


def test_the_page_of_a_notice_can_send_nothing(person: Client) -> None:
    assert policy_of(person.get("/notice/")) == NOTICE_POLICY


@pytest.mark.parametrize("path", [p for p in [*OPEN, *WITH_FORMS] if p != "/notice/"])
def test_every_other_page_sends_forms_to_us_alone(person: Client, path: str) -> None:
    assert policy_of(person.get(path)) == SEND_POLICY


@pytest.mark.parametrize("path", [*OPEN, *WITH_FORMS, "/nowhere/"])
def test_no_page_loads_anything_from_elsewhere(person: Client, path: str) -> None:
    html = person.get(path).content.decode()

    loaded = re.findall(
        r'<(?:script|link|img|iframe|video|source)[^>]+(?:src|href)="([^"]+)"', html
    )
    assert loaded
    assert [url for url in loaded if urlsplit(url).netloc] == []
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]+(?:src=|application/json))", html)


@pytest.mark.parametrize("path", [*OPEN, *WITH_FORMS])
def test_titles_say_nothing_of_the_matter(person: Client, path: str) -> None:
    html = person.get(path).content.decode()

    title = re.search(r"<title>(.*?)</title>", html)[1]
    assert title in {
        "Start",
        "Information",
        "Language",
        "Step 1 of 4",
        "Step 4 of 4",
        "One page",
        "Your page",
    }


@pytest.mark.parametrize("path", [*OPEN, *WITH_FORMS])
def test_leaving_is_the_first_stop_after_the_skip_link(person: Client, path: str) -> None:
    html = person.get(path).content.decode()

    links = re.findall(r"<(?:a|button|input|select|textarea)\b[^>]*", html[html.index("<body") :])
    assert 'class="skip"' in links[0]
    assert 'id="exit"' in links[1]


@pytest.mark.parametrize("answer", ["2", "3"])
def test_under_18_and_not_sure_are_led_away_with_nothing_stored(
    person: Client, platform: Platform, answer: str
) -> None:
    before = rows()

    shown = person.get("/start/", {"a": answer, "w": "1"}, follow=True)

    after = "?a=3" if answer == "3" else ""
    assert shown.redirect_chain == [(f"/under-18/{after}", 302)]
    assert (rows(), person.cookies) == (before, {})


def test_the_answers_about_age_fit_who_acts_for_somebody_too(person: Client) -> None:
    text = person.get("/").content.decode()
    assert "If you act for someone else: how old were they?" in text
    answers = re.findall(r'name="a" value="\d"[^>]*><span>(.+?)</span>', text)
    assert answers == ["18 or older", "Under 18", "I am not sure"]


def test_an_adult_goes_on_and_the_way_in_stays_in_the_browser(person: Client) -> None:
    answer = person.get("/start/", {"a": "1", "w": "3"})

    assert answer.headers["Location"] == "/notice/#3"


def test_an_unanswered_question_is_asked_again_beside_it(person: Client) -> None:
    html = person.get("/start/", {"w": "2"}).content.decode()

    assert "Please choose one of the three answers" in html
    assert 'value="2" checked' in html


def test_nothing_is_preselected(person: Client) -> None:
    for path in ("/", "/notice/", "/notice/plain/"):
        assert not re.search(r"<input[^>]* checked", person.get(path).content.decode())


def test_the_platforms_own_contact_for_minors_is_shown(person: Client, platform: Platform) -> None:
    platform.minors_contact = "https://forum.example/under-18"
    platform.save()

    html = person.get("/under-18/", {"c": "GB", "n": "young"}).content.decode()

    assert 'href="https://forum.example/under-18"' in html
    assert "Report Remove" in html


def test_a_contact_in_words_becomes_no_link(person: Client, platform: Platform) -> None:
    platform.minors_contact = "javascript:alert(1) or call us"
    platform.save()

    html = person.get("/under-18/").content.decode()

    assert "javascript:alert(1) or call us" in html
    assert 'href="javascript' not in html


def test_the_language_is_chosen_without_javascript_and_leads_back(person: Client) -> None:
    answer = person.post("/language/", {"language": "de", "next": "/help-lines/"})

    assert answer.headers["Location"] == "/help-lines/"
    assert answer.cookies["language"].value == "de"
    assert 'lang="de"' in person.get("/").content.decode()


@pytest.mark.parametrize(
    "bad", ["https://evil.example/", "//evil.example", "javascript:x", "/\\evil.example"]
)
def test_choosing_a_language_leads_nowhere_else(person: Client, bad: str) -> None:
    answer = person.post("/language/", {"language": "fr", "next": bad})

    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_asked_for_again(person: Client) -> None:
    answer = person.post("/language/", {"language": "xx"})

    assert (answer.status_code, "language" in answer.cookies) == (200, False)


def test_every_page_of_the_person_is_marked_open() -> None:
    of_staff = {p.name for p in urlpatterns if str(p.pattern).startswith("staff/")}
    of_staff.remove("helpline_feed")  # calendar programs cannot sign in: its address is the secret
    closed = {p.name for p in urlpatterns if getattr(p.callback, "login_required", True)}

    assert closed == of_staff


def test_a_forged_form_is_refused_with_a_way_out() -> None:
    answer = Client(enforce_csrf_checks=True).post("/case/", {"number": "x", "phrase": "y"})

    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()
