"""Files to keep and records in a real browser: axe-core in four looks, and saving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from barriers import LOOKS, barriers
from kept_pictures import keep
from staydown.cli.verify.archives import judge_archive
from staydown.cli.verify.documents import judge
from staydown_web.accounts.models import Platform, User
from staydown_web.accounts.services import grant_approval
from staydown_web.banks.services import close_segments
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import public_keys
from staydown_web.reports.services import ask_export
from web.reports.evidence_scene import file_one, settle_first

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    close_segments()


def opened(browser: Browser, address: str, cookies: dict[str, str], **more: Any) -> BrowserContext:
    context = browser.new_context(reduced_motion="reduce", **more)
    rows = [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
    context.add_cookies(rows)  # type: ignore[arg-type]
    return context


def looked_at(browser: Browser, address: str, path: str, name: str, cookies: Any) -> list[str]:
    wrong: list[str] = []
    for width, scheme in LOOKS:
        context = opened(
            browser,
            address,
            cookies,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
        )
        page = context.new_page()
        page.goto(address + path)
        wrong += [f"{name} {width} {scheme}: {row}" for row in barriers(page)]
        keep(page, name)
        context.close()
    return wrong


def test_her_page_with_files_to_keep_has_no_barrier_and_saves_them(
    browser: Browser, live_server: Any, platform: Platform, bank: Any, now: datetime, tmp_path: Path
) -> None:
    filed = file_one(platform, now)
    settle_first(filed.case, now)
    client = Client()
    client.post("/case/", {"number": filed.case.number, "phrase": filed.phrase})
    cookies = {"page": client.cookies["page"].value}
    address = live_server.url
    assert looked_at(browser, address, "/case/page/", "files", cookies) == []
    context = opened(browser, address, cookies)
    page = context.new_page()
    page.goto(f"{address}/case/page/")
    with page.expect_download() as saved:
        page.click("#files a[href$='/case/file/2/']")
    assert saved.value.suggested_filename == "notes-2.json"
    trusted = set(public_keys(installation_keys().folder))
    assert judge(Path(saved.value.path()).read_bytes(), trusted=trusted).is_signed
    page.click("#everything > summary")
    page.check("#details")
    with page.expect_download() as saved:
        page.click("#files button")
    assert saved.value.suggested_filename == "notes.zip"
    assert judge_archive(Path(saved.value.path()).read_bytes(), trusted=trusted).is_signed
    assert page.url.endswith("/case/page/")
    context.close()


def test_the_page_of_records_for_staff_has_no_barrier(
    browser: Browser,
    live_server: Any,
    platform: Platform,
    bank: Any,
    now: datetime,
    lead: User,
    admin: User,
    lead_client: Client,
) -> None:
    first, second = (file_one(platform, now).case for _ in range(2))
    from staydown_web.base.clock import utc_now

    for case in (first, second):
        ask_export(case_number=case.number, reason="Court 12/26", user=lead, now=utc_now())
    approval = lead.approvals_asked.order_by("asked_at").first()
    assert approval is not None
    grant_approval(approval_id=approval.pk, user=admin, now=utc_now())
    name = django_settings.SESSION_COOKIE_NAME
    cookies = {name: lead_client.cookies[name].value}
    assert looked_at(browser, live_server.url, "/staff/records/", "records", cookies) == []
