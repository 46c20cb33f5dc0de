"""The page that says to leads and administrators what is wrong, since when, and what to do."""

from __future__ import annotations

import html
import json
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown.cli.backup import backup
from staydown_web.accounts.models import User
from staydown_web.banks.services import catch_up, close_segments
from staydown_web.config.watch import machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _machine(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.STAYDOWN_HOME = tmp_path
    settings.STAYDOWN_SHARED_MEMORY = tmp_path / "memory"
    settings.STAYDOWN_MAIL_READY = True
    monkeypatch.setattr(machine, "LOW_DISK_BYTES", 1)
    monkeypatch.setattr(machine, "NO_DISK_BYTES", 0)
    monkeypatch.setattr(machine, "LOW_MEMORY_BYTES", 0)
    monkeypatch.setattr(machine, "is_synchronised", lambda: True)
    catch_up()
    yield
    close_segments()


def beat(home: Path, *, age_s: float = 0.0, **failing: str) -> None:
    at = time.time() - age_s
    rows = {"make_orders": {"done_at": at, "failures": 0, "error": ""}}
    for name, code in failing.items():
        rows[name] = {
            "done_at": at - 900,
            "failures": 4,
            "error": code,
            "failing_since": at - 600,
        }
    (home / "worker.json").write_text(json.dumps({"pid": 1, "at": at, "jobs": rows}))


def test_where_all_is_well_the_page_says_so(
    client_of: Callable[[User], Client], lead: User, tmp_path: Path
) -> None:
    beat(tmp_path)
    page = client_of(lead).get(reverse("watch:status"))
    assert "Everything works" in page.text
    assert "What is wrong" not in page.text


def test_what_could_be_better_is_counted_and_what_never_was_is_said(
    client_of: Callable[[User], Client],
    lead: User,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.STAYDOWN_MAIL_READY = False
    beat(tmp_path)
    page = client_of(lead).get(reverse("watch:status")).text
    assert "Nothing is wrong, and 1 thing could be better" in page
    assert "Everything works" not in page
    command = f"STAYDOWN_HOME={settings.STAYDOWN_HOME} "
    assert "No backup has been made yet. This command makes one, with two folders of" in page
    said = html.unescape(page)
    assert command in said
    line = said.split(command, 1)[1].split("<", 1)[0]
    words = shlex.split(line)
    assert Path(words[0]).name == "staydown"
    # As the page prints it, with folders in place of the two words in capitals.
    with backup.make_context("backup", words[2:]) as context:
        assert words[1] == context.info_name == "backup"
        assert context.params["to"] != context.params["keys_to"]
    assert "Not yet</span>" in page
    monkeypatch.setattr(machine, "is_synchronised", lambda: False)
    page = client_of(lead).get(reverse("watch:status")).text
    assert "Nothing is wrong, and 2 things could be better" in page
    assert "kept by no time service" in page
    assert ">nothing</span>" not in page


def test_what_is_wrong_stands_first_with_since_when_and_what_to_do(
    client_of: Callable[[User], Client], lead: User, tmp_path: Path
) -> None:
    beat(tmp_path, deliver="address_unreachable", forget_visits="record_conflict")
    page = client_of(lead).get(reverse("watch:status")).text
    assert "2 things are wrong" in page
    assert page.index("deliver (address_unreachable)") < page.index(
        "forget_visits (record_conflict)"
    )
    assert "docs/errors.md explains the code" in page
    assert page.count("It has been so since <time") == 2
    beat(tmp_path)
    assert "Everything works" in client_of(lead).get(reverse("watch:status")).text


def test_a_reviewer_is_not_shown_it(client_of: Callable[[User], Client], reviewer: User) -> None:
    assert client_of(reviewer).get(reverse("watch:status")).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_has_no_barrier_and_does_not_scroll_sideways(
    browser: Browser,
    live_server: Any,
    client_of: Callable[[User], Client],
    admin: User,
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    beat(tmp_path, deliver="address_unreachable", fetch_exchanges="exchange_auth")
    name = django_settings.SESSION_COOKIE_NAME
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    cookie = {"name": name, "value": client_of(admin).cookies[name].value, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(live_server.url + reverse("watch:status"))
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    keep(page, "status")
    wrong = axe(page)
    wide = page.evaluate("document.documentElement.scrollWidth") - width
    context.close()
    assert wrong == []
    assert wide <= 0
