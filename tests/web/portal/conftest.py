"""A person's browser without JavaScript, and the documents that hers would send."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from case_page_states import Stage
from review_scene import edited, serve_site
from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform, User
from staydown_web.banks.services import close_segments
from staydown_web.cases.models import Case
from staydown_web.regimes.selectors import regime, signing_text, text_digest

LAW = "us-tida"


@pytest.fixture(autouse=True)
def _segments_of_this_test_alone() -> Iterator[None]:
    yield
    close_segments()


@pytest.fixture
def stage(platform: Platform, reviewer: User, user_named: Callable[..., User]) -> Iterator[Stage]:
    """A platform with one picture that she reported, and two reviewers."""
    with serve_site() as site:
        platform.media_origins = [site.origin]
        platform.save()
        url = site.put("same.jpg", edited("citrus.jpg", "same"))
        yield Stage(platform, url, reviewer, user_named("sara"))


@pytest.fixture
def forum(platform: Platform) -> Platform:
    """A second website, which EU law alone binds."""
    return Platform.objects.create(
        name="EU Forum",
        slug="eu-forum",
        public_url="https://eu.example",
        regimes=["eu-dsa", "platform-terms"],
        created_at=platform.created_at + timedelta(hours=1),
    )


@pytest.fixture
def person() -> Client:
    """Nobody signed in."""
    return Client()


@pytest.fixture
def document(
    platform: Platform, drawn_fingerprint: Callable[[int], Fingerprint]
) -> Callable[..., dict[str, Any]]:
    """``document(way="threatened")`` is what the page of step 4 sends, complete under its law."""

    def make(**changes: Any) -> dict[str, Any]:
        law = "platform-terms" if changes.get("way") == "threatened" else LAW
        answers = {
            "statement": "This is me.",
            "place": "",
            "name": "",
            "email": "ana@mail.example",
            "phone": "",
            "authority": "",
            "is_good_faith": True,
            "declarations": [],
            "signature": "Ana Example",
            "text_digests": {law: text_digest(signing_text(regime(law), "en", "self"))},
        }
        fingerprint = json.loads(drawn_fingerprint(1).to_json())
        whole: dict[str, Any] = {
            "version": 1,
            "token": secrets.token_hex(16),
            "adult_in_picture": True,
            "way": "published",
            "acts_as": "self",
            "language": "en",
            "regimes": [law],
            "urls": [] if changes.get("way") == "threatened" else ["http://127.0.0.1:8161/p/1"],
            "files": [
                {
                    "name": "IMG_2041.jpg",
                    "size_bytes": 3_200_000,
                    "modified_on": "2026-03-14",
                    "fingerprint": fingerprint,
                }
            ],
            "answers": answers,
            "withdrawal_mode": "immediate",
            "safe_contact": "",
        }
        more = changes.pop("answers", {})
        return {**whole, **changes, "answers": {**answers, **more}}

    return make


@pytest.fixture
def send(person: Client) -> Callable[[dict[str, Any]], Any]:
    """Press "Sign and send"."""
    return lambda whole: person.post("/notice/send/", {"document": json.dumps(whole)})


@pytest.fixture
def filed(
    send: Callable[[dict[str, Any]], Any], document: Callable[..., dict[str, Any]]
) -> Callable[..., tuple[Case, str]]:
    """``filed(way="threatened")`` gives a case and its six words, as the receipt shows them."""

    def file(**changes: Any) -> tuple[Case, str]:
        answer = send(document(**changes))
        assert answer.status_code == 200, answer.content.decode()
        return answer.context["case"], answer.context["phrase"]

    return file


@pytest.fixture
def opened(
    person: Client, filed: Callable[..., tuple[Case, str]]
) -> Callable[..., tuple[Client, Case]]:
    """``opened()`` gives a browser in which a fresh case is open."""

    def open_one(**changes: Any) -> tuple[Client, Case]:
        case, phrase = filed(**changes)
        answer = person.post("/case/", {"number": case.number, "phrase": phrase})
        assert answer.status_code == 302
        return person, case

    return open_one
