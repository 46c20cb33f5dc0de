"""All that is held about a case, for the person whose it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from partner_scene import give, make_list
from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform
from staydown_web.audit.models import Event
from staydown_web.audit.services import record_event
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Claim, Message
from staydown_web.cases.services import (
    agree_to_partners,
    ask_withdrawal,
    erase_case,
    send_message,
)

pytestmark = pytest.mark.django_db
Opened = Callable[..., tuple[Client, Case]]
PAGE, FILE = "/case/data/", "/case/data/file/"


def taken(her: Client, **asked: str) -> dict[str, Any]:
    """The file as she gets it."""
    answer = her.post(FILE, asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="page.json"'
    return json.loads(answer.content)


def test_page_and_file_hold_what_she_sent(opened: Opened) -> None:
    her, case = opened(answers={"name": "Ana Example", "statement": "This is me. I did not agree."})
    now = timezone.now()
    send_message(case=case, sender=Message.Sender.PERSON, text="Any news?", now=now)
    record_event(what="contact_viewed", actor="system", at=now, case_id=case.pk)

    html = her.get(PAGE).content.decode()
    data = taken(her)
    text = json.dumps(data)

    for word in (case.number, "ana@mail.example", "Ana Example", "I did not agree.", "Any news?"):
        assert word in html
        assert word in text
    assert set(data) >= {
        "format",
        "made_at",
        "case",
        "you",
        "signed",
        "items",
        "messages",
        "fingerprints",
        "looks",
        "story",
    }
    assert ", 14 March 2026" in html, "a date of a file as every other date"
    assert data["you"][0]["email"] == "ana@mail.example"
    assert data["signed"][0]["name"] == "Ana Example"
    assert data["signed"][0]["digest"]
    assert [row["what"] for row in data["looks"]] == ["A reviewer looked at how to reach you"]
    assert "fingerprint_values" not in data


def test_language_and_state_read_in_plain_words(opened: Opened) -> None:
    her, case = opened()
    Case.objects.filter(pk=case.pk).update(state=Case.State.VALID, language="de")

    html = her.get(PAGE).content.decode()
    (row,) = taken(her)["case"]

    assert "German" in html
    assert ">de</dd>" not in html
    assert "Complete" in html
    assert "Valid" not in html
    assert (row["language"], row["state"]) == ("de", "valid"), "a program reads the codes"


@pytest.mark.parametrize("is_ready", [True, False])
def test_of_her_address_it_is_said_where_nobody_will_ever_write_to_it(
    opened: Opened, settings: Any, *, is_ready: bool
) -> None:
    settings.STAYDOWN_MAIL_READY = is_ready
    her, case = opened()
    case.contacts.update(state="new")
    html = her.get(PAGE).content.decode()
    assert ("Not written to yet" in html) == is_ready
    assert ("Nobody writes to it: this service sends no e-mail" in html) != is_ready


def test_an_item_stands_in_the_words_of_her_page(opened: Opened) -> None:
    her, _case = opened()
    for address in ("/case/page/", PAGE):
        html = her.get(address).content.decode()
        items = html.split("Your items")[1].split("</section>")[0]
        assert "Waiting" in items, address
        assert "Received" not in items, address
    assert taken(her)["items"][0]["state"] == "received", "a program reads the codes"


def test_fingerprints_are_in_the_file_only_where_she_asks(
    opened: Opened, drawn_fingerprint: Callable[[int], Fingerprint]
) -> None:
    her, case = opened()
    data = taken(her, fingerprints="1")

    (row,) = data["fingerprint_values"]
    assert Fingerprint.from_dict(row["fingerprint"]) == drawn_fingerprint(1)
    assert Event.objects.filter(what="entry_viewed", actor="person").count() == 1
    assert case.items.count() == 1


def test_a_safe_contact_and_the_way_of_taking_back_are_not_told(opened: Opened) -> None:
    """Whoever looks over her shoulder must not learn them."""
    her, _case = opened(safe_contact="friend@mail.example", withdrawal_mode="cooling")
    shown = her.get(PAGE).content.decode() + json.dumps(taken(her, fingerprints="1"))
    for word in ("friend@mail.example", "cooling", "safe"):
        assert word not in shown.replace("safety", "").replace("if that is safe for you", "")


def test_that_the_other_side_complained_is_not_said(opened: Opened) -> None:
    her, case = opened()
    Case.objects.filter(pk=case.pk).update(state=Case.State.APPEALED)
    assert "ppealed" not in json.dumps(taken(her))
    assert "Appealed" not in her.get(PAGE).content.decode()


def test_during_the_pause_it_shows_as_little_as_the_page(opened: Opened) -> None:
    her, case = opened(
        answers={"name": "Ana Example"},
        safe_contact="friend@mail.example",
        withdrawal_mode="cooling",
    )
    Case.objects.filter(pk=case.pk).update(
        withdrawal_asked_at=timezone.now(), withdrawal_due_at=timezone.now()
    )
    data = taken(her, fingerprints="1")
    assert set(data) <= {"format", "made_at", "case", "story"}
    assert "Ana" not in json.dumps(data)
    assert "Ana" not in her.get(PAGE).content.decode()


@pytest.mark.parametrize("end", ["withdrawn", "erased"])
def test_of_an_ended_case_there_is_nothing_but_that_it_ended(opened: Opened, end: str) -> None:
    her, case = opened(answers={"name": "Ana Example"})
    if end == "withdrawn":
        ask_withdrawal(case=case, now=timezone.now())
    else:
        erase_case(case=case, now=timezone.now())
    data = taken(her, fingerprints="1")
    assert "ana@" not in json.dumps(data).lower()
    # After an erasure what a reviewer confirmed stays blocked until she takes it back: she is told.
    stays = {"fingerprints"} if end == "erased" else set()
    assert set(data) <= {"format", "made_at", "case", "story", *stays}


def test_without_an_open_page_there_is_none(platform: Platform) -> None:
    assert Client().get(PAGE).headers["Location"] == "/case/"
    sent = Client().post(FILE)
    assert sent.status_code == 403
    assert "Nothing was sent" in sent.text


def test_the_page_of_the_case_leads_there(opened: Opened) -> None:
    her, _case = opened()
    assert f'href="{PAGE}"' in her.get("/case/page/").content.decode()


def test_page_and_file_say_who_got_her_fingerprints(opened: Opened) -> None:
    her, case = opened()
    now = timezone.now()
    assert "partners" not in taken(her)
    agree_to_partners(case=case, now=now)
    entry_id = Claim.objects.filter(item__case=case).values_list("entry_id", flat=True)[0]
    give(make_list("List One", now), entry_id, now)
    (row,) = taken(her)["partners"]
    assert (row["partner"], row["told"]) == ("List One", "Got your fingerprints")
    assert "List One" in her.get(PAGE).text


def test_each_look_at_what_is_hers_is_shown_and_none_tells_of_an_uploaders_complaint(
    opened: Opened,
) -> None:
    her, case = opened()
    user = f"user:{new_id()}"
    seen = (
        ("case_viewed", {}),
        ("signatures_viewed", {"signatures": 1}),
        ("complaint_viewed", {"side": "notifier"}),
        ("complaint_opened", {"side": "notifier"}),
        ("complaint_viewed", {"side": "uploader"}),
        ("complaint_opened", {"side": "uploader"}),
    )
    for what, facts in seen:
        record_event(what=what, actor=user, at=timezone.now(), case_id=case.pk, facts=facts)
    record_event(
        what="case_viewed",
        actor=user,
        at=timezone.now(),
        case_id=case.pk,
        subject=f"access:{case.pk}",
    )
    assert [row["what"] for row in taken(her)["looks"]] == [
        "A reviewer opened your case",
        "A reviewer looked at what you signed",
        "A reviewer opened the page of your complaint",
        "A reviewer read your complaint",
        "Your helpline opened your case",
    ]
