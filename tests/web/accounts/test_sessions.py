"""Where one is signed in: seen, and ended by oneself, by an administrator, by a new factor."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import SignIn
from staydown_web.accounts.services.sessions import browser_in_words
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now

from .test_signing_in import code_of, sign_in

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def let_in(user, agent: str) -> Client:
    """A browser of its own that showed both factors."""
    client = Client(headers={"User-Agent": agent})
    sign_in(client, user.username)
    device = TOTPDevice.objects.get(user=user)
    TOTPDevice.objects.update(last_t=-1)  # as half a minute later
    code = code_of(device)
    assert client.post(reverse("accounts:second_factor"), {"code": code}).status_code == 302
    TOTPDevice.objects.update(last_t=-1)
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:me")).status_code == 200


def end(client: Client, ids, code: str):
    sent = {"sessions": [str(one) for one in ids], "code": code}
    return client.post(reverse("accounts:end_sessions"), sent)


def test_other_sessions_are_shown_and_this_one_is_not(reviewer) -> None:
    here = let_in(reviewer, FIREFOX)
    alone = here.get(reverse("accounts:me")).content.decode()
    let_in(reviewer, PHONE)
    page = here.get(reverse("accounts:me")).content.decode()

    assert "Here, and nowhere else." in alone
    assert "Safari, iPhone" in page
    assert "Firefox, Linux" not in page


def test_one_is_ended_with_a_code_and_the_others_stay(reviewer) -> None:
    here, phone, third = (let_in(reviewer, agent) for agent in (FIREFOX, PHONE, FIREFOX))
    device = TOTPDevice.objects.get(user=reviewer)
    (wanted,) = SignIn.objects.filter(browser="Safari, iPhone")

    answer = end(here, [wanted.pk], code_of(device))

    assert answer.status_code == 302
    assert "1 session was ended." in here.get(answer.url).content.decode()
    assert [is_in(one) for one in (here, phone, third)] == [True, False, True]
    event = Event.objects.get(what="sessions_ended")
    assert (event.actor, event.facts) == (f"user:{reviewer.pk}", {"sessions": 1})


def test_without_a_right_code_none_is_ended(reviewer) -> None:
    here, phone = let_in(reviewer, FIREFOX), let_in(reviewer, PHONE)
    (wanted,) = SignIn.objects.filter(browser="Safari, iPhone")

    wrong = end(here, [wanted.pk], "000000")
    early = end(here, [wanted.pk], code_of(TOTPDevice.objects.get(user=reviewer)))

    assert (wrong.status_code, early.status_code) == (400, 400)
    assert "does not fit" in wrong.content.decode()
    assert "After a wrong code there is a pause." in early.content.decode()
    assert is_in(phone)


def test_choosing_none_is_told(reviewer) -> None:
    here, phone = let_in(reviewer, FIREFOX), let_in(reviewer, PHONE)

    answer = end(here, [], code_of(TOTPDevice.objects.get(user=reviewer)))

    assert answer.status_code == 400
    assert "Choose at least one." in answer.content.decode()
    assert is_in(phone)


def test_nobody_ends_anybody_else_s(reviewer, user_named) -> None:
    here, other = let_in(reviewer, FIREFOX), let_in(user_named("nora"), PHONE)
    let_in(reviewer, FIREFOX)
    (theirs,) = SignIn.objects.filter(browser="Safari, iPhone")

    answer = end(here, [theirs.pk], code_of(TOTPDevice.objects.get(user=reviewer)))

    assert answer.status_code == 400
    assert is_in(other)


def test_an_administrator_signs_a_colleague_out_everywhere(reviewer, admin_client) -> None:
    here, phone = let_in(reviewer, FIREFOX), let_in(reviewer, PHONE)

    address = reverse("accounts:change_user", args=[reviewer.pk])
    answer = admin_client.post(address, {"do": "sign_out"}, follow=True)

    assert "rita is signed out everywhere." in answer.content.decode()
    assert not is_in(here)
    assert not is_in(phone)
    assert let_in(reviewer, FIREFOX)


def test_another_app_for_codes_ends_the_other_sessions(reviewer) -> None:
    here, phone = let_in(reviewer, FIREFOX), let_in(reviewer, PHONE)
    address = reverse("accounts:set_up_factor")
    here.get(address)
    device = TOTPDevice.objects.get(user=reviewer, confirmed=False)

    assert here.post(address, {"code": code_of(device)}).status_code == 200

    assert is_in(here)
    assert not is_in(phone)


def test_it_goes_with_its_session(reviewer) -> None:
    here, phone = let_in(reviewer, FIREFOX), let_in(reviewer, PHONE)
    here.post(reverse("accounts:logout"))
    assert [one.browser for one in SignIn.objects.all()] == ["Safari, iPhone"]
    Session.objects.update(expire_date=utc_now() - timedelta(seconds=1))
    assert not is_in(phone)
    back = let_in(reviewer, FIREFOX)
    assert "Here, and nowhere else." in back.get(reverse("accounts:me")).content.decode()


def at(monkeypatch, moment) -> None:
    """What time the service says it is, for who is signed in and what is written."""
    for room in ("accounts.middleware", "accounts.beginnings", "review.views.breaks"):
        monkeypatch.setattr(f"staydown_web.{room}.utc_now", lambda: moment)


@pytest.mark.parametrize("is_of_before", [False, True])
def test_a_session_ends_eight_hours_after_the_sign_in_whatever_is_done_in_it(
    reviewer, monkeypatch, is_of_before
) -> None:
    here = let_in(reviewer, FIREFOX)
    began = SignIn.objects.get().began_at
    if is_of_before:  # a session that a process of the release before made
        session = here.session
        del session["began"]
        session.save()
    later = reverse("review:change_break")
    at(monkeypatch, began + timedelta(hours=7, minutes=59))
    assert here.post(later, {"do": "later"}).status_code == 302
    assert is_in(here), "its time is not over, and what was written to it made its row younger"
    Session.objects.update(expire_date=began + timedelta(hours=16))

    at(monkeypatch, began + timedelta(hours=8))
    sent = here.post(later, {"do": "later"})

    assert sent.headers["Location"].startswith(reverse("accounts:login"))
    assert "lost=1" in sent.headers["Location"]
    assert not is_in(here)
    assert not Session.objects.exists()
    assert not SignIn.objects.exists()


def test_a_session_of_which_nobody_knows_the_beginning_ends_at_once(reviewer) -> None:
    here = let_in(reviewer, FIREFOX)
    session = here.session
    del session["began"]
    session.save()
    SignIn.objects.all().delete()
    assert not is_in(here)


def test_the_list_shows_no_session_that_is_over(reviewer) -> None:
    here = let_in(reviewer, FIREFOX)
    let_in(reviewer, PHONE)
    old = SignIn.objects.filter(browser="Safari, iPhone")
    old.update(began_at=utc_now() - timedelta(hours=8))
    assert "Here, and nowhere else." in here.get(reverse("accounts:me")).content.decode()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Linux"),
        (PHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/141.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/18 Safari/605", "Safari, Mac"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_a_family_and_a_system(agent: str, words: str) -> None:
    assert browser_in_words(agent) == words
