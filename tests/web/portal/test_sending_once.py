"""A notice counts once: pressed twice at the same moment, cut off half way, or in doubt."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.services.new_keys import new_key
from staydown_web.portal.models import Sending
from staydown_web.portal.services import sending

Document = Callable[..., dict[str, Any]]
pytestmark = pytest.mark.django_db(transaction=True)


def test_pressed_twice_at_the_same_moment_it_is_one_case_with_one_receipt(
    document: Document,
) -> None:
    whole = {"document": json.dumps(document())}
    starts, answers = threading.Barrier(3), []

    def press() -> None:
        starts.wait()
        answers.append(Client().post("/notice/send/", whole))
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in answers] == [200, 200, 200]
    assert Case.objects.count() == Sending.objects.count() == 1
    assert len({a.context["phrase"] for a in answers}) == 1
    assert len(case_keys()) == 1


def test_a_browser_that_brings_the_receipt_back_days_later_files_nothing_again(
    document: Document,
) -> None:
    whole, her = {"document": json.dumps(document())}, Client()
    assert her.post("/notice/send/", whole).status_code == 200
    sending.clear_sendings(utc_now() + timedelta(days=2))

    for _again in range(2):
        answer = her.post("/notice/send/", whole)
        assert answer.status_code == 409
        assert "It is there once, and was not sent again now." in answer.text
        assert '<div id="sent" class="stack">' in answer.text

    assert Case.objects.count() == 1
    assert len(case_keys()) == 1


def test_the_form_without_scripts_files_nothing_again_either(platform: Platform) -> None:
    typed = {
        "token": "0" * 32,
        "age": "adult",
        "urls": "http://127.0.0.1:8161/p/1",
        "acts_as": "self",
        "withdrawal_mode": "immediate",
    }
    her = Client()
    first, second = (her.post("/notice/plain/", typed) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.context["phrase"] == second.context["phrase"]
    sending.clear_sendings(utc_now() + timedelta(days=2))

    answer = her.post("/notice/plain/", typed)

    assert answer.status_code == 409
    assert "was not sent again" in answer.text
    assert "<noscript>" not in answer.text.partition("<main")[2].partition("</main>")[0]
    assert Case.objects.count() == 1


def test_a_notice_is_stored_with_its_receipt_or_not_at_all(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CutOffError(BaseException):
        """As a process that ends here."""

    def cut_off(*_given: object) -> bytes:
        raise CutOffError

    monkeypatch.setattr(sending, "_seal", cut_off)
    with pytest.raises(CutOffError):
        Client().post("/notice/send/", {"document": json.dumps(document())})
    assert (Case.objects.count(), Sending.objects.count()) == (0, 0)


def case_keys() -> list[Path]:
    return [p for p in (Path(settings.STAYDOWN_KEYS) / "cases").glob("??/*") if p.is_file()]


@pytest.fixture(autouse=True)
def _no_keys_of_others() -> None:
    for path in case_keys():
        path.unlink()


@pytest.mark.parametrize(
    ("cause", "kept"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), 1),
        (psycopg.errors.AdminShutdown("terminating connection"), 1),
        (psycopg.errors.DeadlockDetected("deadlock"), 0),
        (psycopg.errors.UniqueViolation("twice"), 0),
    ],
)
def test_a_key_stays_where_its_notice_may_have_been_stored(cause: Exception, kept: int) -> None:
    with pytest.raises(OperationalError), new_key(uuid4()):
        raise OperationalError from cause
    assert len(case_keys()) == kept


def test_a_key_goes_where_anything_else_fails() -> None:
    with pytest.raises(ZeroDivisionError), new_key(uuid4()):
        _ = 1 / 0
    assert case_keys() == []


def test_a_key_stays_where_all_went_well() -> None:
    with new_key(uuid4()):
        pass
    assert len(case_keys()) == 1
