"""A notice that is complete under one of its rules: what is missing under others can be added."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from staydown_web.regimes.selectors import regime, signing_text, text_digest

pytestmark = pytest.mark.django_db
Opened = Callable[..., tuple[Client, Case]]
LAWS = ["us-tida", "eu-dsa"]
US, EU = "United States: TAKE IT DOWN Act", "European Union: Digital Services Act"
CALM = "You do not need to do anything now"


@pytest.fixture
def page(opened: Opened, platform: Platform) -> Callable[..., str]:
    """``page(email="")`` is her page under both laws: the second asks for an e-mail address."""
    platform.regimes = [*LAWS, "platform-terms"]
    platform.save()

    def of(**answers: str) -> str:
        digests = {id_: text_digest(signing_text(regime(id_), "en", "self")) for id_ in LAWS}
        her, _case = opened(regimes=LAWS, answers={"text_digests": digests, **answers})
        return " ".join(her.get("/case/page/").text.split())

    return of


def card(html: str, law: str) -> str:
    limits = html.split('id="limits"')[1]
    return limits.split(f"<h3>{law}</h3>")[1].split("</li>", maxsplit=1)[0]


def test_what_is_missing_under_another_rule_is_an_offer(page: Callable[..., str]) -> None:
    html = page(email="", name="", phone="+49 30 12345", statement="")
    assert "What is missing" in html
    top = html.split("What is missing")[0]
    assert "Your notice is complete under 1 of 2 rules</h1>" in top
    assert f"It counts already under: {US}." in top
    assert "you can still add what is missing" in top
    assert CALM not in top


def test_nothing_starts_under_a_rule_that_names_no_hours(page: Callable[..., str]) -> None:
    said = card(page(email="", name="", phone="+49 30 12345", statement=""), EU)
    assert "It starts when your notice is complete." not in said
    assert "Not yet" not in said
    assert "Your notice is not complete under this rule." in said
    assert regime("eu-dsa").clock.words in said


def test_a_notice_that_is_whole_says_what_it_said(page: Callable[..., str]) -> None:
    html = page(name="Ana Example")
    assert "Your notice is complete</h1>" in html
    assert CALM in html
    assert "is not complete under this rule" not in html
