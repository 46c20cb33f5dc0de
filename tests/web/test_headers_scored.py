"""Every page's headers and cookies, scored one by one: a page below full marks is named.

The table of addresses is the one of who may open what, so a new page is scored from its first day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver

from staydown_web.accounts.models import Platform, User
from staydown_web.banks.services import close_segments

FRAMED = {"reports:how_to_ask_frame"}
"""Made to be shown inside platforms' own pages, those that an administrator lists."""
COOKIES = {"session": "Lax", "form": "Lax", "page": "Strict", "language": "Lax", "messages": "Lax"}
A_YEAR_S = 31_536_000


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: values for name, *values in parts}


def faults(name: str, answer: HttpResponse) -> list[str]:
    """What is missing in an answer; nothing is full marks."""
    head = answer.headers
    policy = directives(head.get("Content-Security-Policy", ""))
    is_framed = name in FRAMED
    wanted = {
        "everything is forbidden that is not named": policy.get("default-src") == ["'none'"],
        "no base address": policy.get("base-uri") == ["'none'"],
        "no frames": is_framed or policy.get("frame-ancestors") == ["'none'"],
        "forms go to us alone": policy.get("form-action") in (["'self'"], ["'none'"]),
        # The notice's page runs our WebAssembly, which the policy has to name.
        "scripts are ours alone": set(policy.get("script-src", []))
        <= {"'self'", "'none'", "'wasm-unsafe-eval'"},
        "no inline styles": set(policy.get("style-src", [])) <= {"'self'", "'none'"},
        "Trusted Types": is_framed or policy.get("require-trusted-types-for") == ["'script'"],
        "no sniffing": head.get("X-Content-Type-Options") == "nosniff",
        "no referrer for others": head.get("Referrer-Policy") in {"same-origin", "no-referrer"},
        "own window": head.get("Cross-Origin-Opener-Policy") == "same-origin",
        "not read by others": is_framed
        or head.get("Cross-Origin-Resource-Policy") == "same-origin",
        "no sensors": "camera=()" in head.get("Permissions-Policy", ""),
        "not kept": "no-store" in head.get("Cache-Control", "") or "ETag" in head,
        "nothing open to other origins": "Access-Control-Allow-Origin" not in head
        or head["Access-Control-Allow-Origin"] == "*",
        "no server named": "Server" not in head and "X-Powered-By" not in head,
        "a type with a charset": not answer.content
        or not head.get("Content-Type", "").startswith("text/")
        or "charset=" in head["Content-Type"],
        "TLS stays": f"max-age={A_YEAR_S}" in head.get("Strict-Transport-Security", ""),
    }
    found = [fault for fault, holds in wanted.items() if not holds]
    return found + [fault for morsel in answer.cookies.values() for fault in cookie_faults(morsel)]


def cookie_faults(morsel) -> list[str]:
    if not morsel.value:  # it is taken away
        return []
    if morsel.key not in COOKIES:
        return [f"an unknown cookie {morsel.key}"]
    wanted = {
        "HttpOnly": bool(morsel["httponly"]),
        "Secure": bool(morsel["secure"]),
        "SameSite": morsel["samesite"] == COOKIES[morsel.key],
        "one host": not morsel["domain"] and morsel["path"] == "/",
        "small": len(morsel.key) + len(morsel.value) < 4096,
    }
    return [f"cookie {morsel.key}: {fault}" for fault, holds in wanted.items() if not holds]


def addresses() -> list[tuple[str, str]]:
    """Every named page, with made-up values where its address has parts."""
    found: list[tuple[str, str]] = []

    def walk(patterns, prefix: str, space: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found.append((f"{space}{pattern.name}", path))
            else:
                inner = f"{pattern.namespace}:" if pattern.namespace else ""
                walk(pattern.url_patterns, path, space + inner)

    walk(get_resolver().url_patterns, "/", "")
    return [(name, filled(path)) for name, path in found if "api/v1" not in path]


def filled(path: str) -> str:
    path = re.sub(r"<uuid:\w+>", str(uuid4()), path)
    path = re.sub(r"<int:\w+>", "1", path)
    return re.sub(r"<(?:\w+:)?\w+>", "x", path).replace("^", "").replace("$", "")


@pytest.fixture
def visitor(admin: User, platform: Platform, client_of: Callable[..., Client], settings) -> Client:
    settings.SECURE_HSTS_SECONDS = A_YEAR_S
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    yield client_of(admin)
    close_segments()


@pytest.mark.django_db
def test_every_address_has_full_marks(visitor: Client) -> None:
    scored = addresses()
    assert len(scored) > 200
    bad = {}
    statuses = set()
    for name, path in scored:
        answer = visitor.get(path, secure=True)
        statuses.add(answer.status_code)
        if getattr(answer, "streaming", False):
            continue
        if found := faults(name, answer):
            bad[name] = found
    assert bad == {}
    assert {200, 404, 405} <= statuses


@pytest.mark.django_db
def test_the_score_notices_what_is_missing(visitor: Client) -> None:
    answer = visitor.get("/", secure=True)
    assert faults("portal:start", answer) == []
    for header in ("Content-Security-Policy", "Referrer-Policy", "Strict-Transport-Security"):
        kept = answer.headers.pop(header)
        assert faults("portal:start", answer)
        answer.headers[header] = kept
    answer.set_cookie("session", "x")
    assert [fault for fault in faults("portal:start", answer) if "session" in fault]
