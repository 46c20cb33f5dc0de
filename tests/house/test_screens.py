"""``docs/screens`` shows every page: wide and narrow, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "staydown_web"
SCREENS = ROOT / "docs" / "screens"
VARIANTS = ("360", "360-dark", "1280", "1280-dark")
EXTENDS = re.compile(r'\{% extends "')

FRAMES = {"person.html", "work.html", "reports/public.html", "setup/page.html"}
"""What pages stand in; nobody sees one alone."""

OTHERS = {
    **dict.fromkeys(
        ("400.html", "403.html", "403_csrf.html", "500.html", "error.html"), "not-found"
    ),
    "work_error.html": "staff-not-found",
    "work_refused.html": "signed-out",
    "busy.html": "busy",
    "unavailable.html": "unavailable",
    "api_docs.html": "api",
    "licences.html": "licences",
    "demo/guide.html": "guide",
    "audit/events.html": "audit",
    "watch/status.html": "status",
    "setup/attempt.html": "setup-4-try",
    "setup/connect.html": "setup-3-connect",
    "setup/keys.html": "setup-1-keys",
    "setup/site.html": "setup-2-site",
    "accounts/backup_codes.html": "spare-codes",
    "accounts/link_used.html": "join-used",
    "accounts/second_factor.html": "sign-in-code",
    "accounts/set_up_factor.html": "second-factor",
    "accounts/sign_in.html": "sign-in",
    "escalation/appeal.html": "escalation-appeal",
    "escalation/chain.html": "escalation",
    "escalation/first.html": "first-running",
    "escalation/first_channel.html": "first-channel",
    "escalation/first_channels.html": "first-channels",
    "escalation/first_notice.html": "first-notice-running",
    "escalation/first_paste.html": "first-paste",
    "escalation/list.html": "escalations",
    "escalation/site_kind.html": "escalation-kind",
    "escalation/site_unsafe.html": "escalation-unsafe",
    "exchanges/list.html": "lists",
    "federation/add_member.html": "federation-add",
    "federation/member.html": "federation-granted",
    "portal/add_plain.html": "add-without-scripts",
    "portal/case.html": "open-your-page",
    "portal/complain_limit.html": "complain-limit-wrong",
    "portal/notice.html": "notice-1-where",
    "portal/page.html": "page-fresh",
    "portal/plain.html": "one-page-form",
    "portal/send.html": "notice-4-send",
    "portal/token.html": "letter-confirm",
    "portal/caseworker/caseload.html": "helpline-cases",
    "portal/caseworker/feed.html": "helpline-calendar",
    "portal/caseworker/link.html": "helpline-file",
    "portal/caseworker/take.html": "take-on",
    "portal/caseworker/untold.html": "helpline-not-told",
    "regimes/regime.html": "rules-us-tida",
    "regimes/regimes.html": "rules-all",
    "replicas/list.html": "replicas",
    "replicas/new.html": "replica-new",
    "replicas/replica.html": "replica-in-use",
    "reports/preview.html": "preview-of-statements",
    "reports/submissions.html": "public-database",
    "review/banks.html": "bank",
    "review/contact.html": "contact-details",
    "review/keys.html": "all-keys",
    "review/licences.html": "licensed-accounts",
    "review/limits.html": "time-limits",
    "review/minor.html": "minor-asked",
    "review/minor_closed.html": "minor-closed",
    "review/notifier.html": "notifier-warned",
    "review/statement.html": "statement-that-waits",
    "review/statements.html": "statements-that-wait",
    "review/task.html": "review",
}
"""Pages whose picture is not called as their template is."""


def pages() -> list[str]:
    """Templates that are a whole page."""
    found = [
        path.relative_to(next(p for p in path.parents if p.name == "templates")).as_posix()
        for path in SRC.rglob("templates/**/*.html")
        if EXTENDS.search(path.read_text())
    ]
    return sorted(set(found) - FRAMES)


def picture_of(page: str) -> str:
    """What the picture of a page is called, without width and colours."""
    room, _, name = page.removesuffix(".html").rpartition("/")
    name = name.replace("_", "-")
    in_room = {"escalation": "escalation-", "exchanges": "lists-", "federation": "federation-"}
    named = "helpline-" + name if room.endswith("caseworker") else in_room.get(room, "") + name
    return OTHERS.get(page, named)


@pytest.mark.parametrize("page", pages())
def test_every_page_has_its_pictures(page: str) -> None:
    name = picture_of(page)
    missing = [one for one in VARIANTS if not (SCREENS / f"{name}-{one}.png").exists()]
    assert missing == [], f"{name}: take it in a test or in make.py, then `make screens`"


def test_no_page_is_named_that_is_not_there() -> None:
    assert set(OTHERS) <= set(pages())
