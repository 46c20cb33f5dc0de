"""A notice of links alone in a browser: step 3 hints, step 4 lists what is sent, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kept_pictures import keep
from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Location
from web.portal.test_pages_browser import SEEN, STEP, look, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)
HINT = "This is another name than the one you gave above."
FINGERPRINTS = "Fingerprints go into a locked list"
TWICE = "http://127.0.0.1:8161/p/1\nhttp://127.0.0.1:8161/p/2\nhttp://127.0.0.1:8161/p/1#top"


@pytest.mark.parametrize("seen", SEEN, ids=lambda s: f"{s['width']}-{s['scheme']}")
def test_an_address_typed_twice_is_listed_and_stored_once(
    window: Any, seen: Any, platform: Platform
) -> None:
    platform.regimes = ["us-tida", "eu-dsa"]
    platform.save()
    her = window(**seen)
    page = her.begin(2)
    page.fill("#urls", TWICE)
    page.click(STEP.format(1))
    page.check("input[name=regimes][value=us-tida]")
    page.check("input[name=regimes][value=eu-dsa]")
    her.sign()
    hint = page.locator("#h-signature")
    assert not hint.is_visible(), "no name was given yet"
    page.fill("#name", "Mara Ex")
    assert HINT in hint.inner_text()
    keep(page, "another-name")
    look(page)
    page.fill("#signature", "mara ex")
    assert not hint.is_visible()
    page.fill("#statement", "This is me. I never agreed.")
    page.fill("#signature", "Somebody Else")

    page.click(STEP.format(3))  # it is a hint: nothing is refused

    page.wait_for_url("**/notice/send/")
    page.wait_for_selector("#ready:not([hidden])")
    listed = page.locator("#facts dt[data-part=urls] + dd > div:not(.small)").all_inner_texts()
    assert listed == TWICE.splitlines()[:2]
    assert FINGERPRINTS not in page.inner_text("body")
    keep(page, "links-listed-once")
    look(page)
    page.click("#go")
    page.wait_for_selector("#acts:not([hidden])")
    assert Location.objects.count() == 2


def test_with_a_picture_it_is_said_where_its_fingerprint_goes(window: Any) -> None:
    her = window()
    page = her.to_signed(TWICE)
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    page.wait_for_selector("#ready:not([hidden])")
    assert FINGERPRINTS in page.inner_text("body")


def test_an_empty_file_is_said_to_be_empty_and_no_program_is_named(
    window: Any, tmp_path: Path
) -> None:
    page = window().begin(1)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    for name, data in (("empty.jpg", b""), ("broken-off.jpg", bytes(4096))):
        (tmp_path / name).write_bytes(data)
    files = [str(tmp_path / name) for name in ("empty.jpg", "broken-off.jpg")]
    page.set_input_files("#file-list input[type=file]", files)
    page.locator("#file-list .chip[data-status=unreadable]").nth(1).wait_for()
    said = page.inner_text("#file-list")
    assert said.count("This file is empty. Please copy it again, or make it anew.") == 2
    assert "staydown hash" not in said
    keep(page, "empty-files")


def test_who_leaves_both_empty_at_the_door_is_asked_for_both(window: Any) -> None:
    page = window(width=360).go("/case/")
    page.click("main .btn.main")
    assert "Please fill in both" in page.inner_text("[role=alert]")
    assert page.locator(".field.wrong").count() == 2
    keep(page, "door-blank")
    look(page)
