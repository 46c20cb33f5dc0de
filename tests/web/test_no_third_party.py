"""No page loads anything from anybody else, and the process that serves pages opens no media."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import staydown
from page_loads import Loads, faults, is_ours, style_addresses
from ready_tables import furnish
from staydown_web.accounts.models import Platform, User

PAGES = (
    *("portal:start", "portal:begin", "portal:under_18", "portal:help_lines"),
    *("portal:hide_visit", "portal:evidence", "portal:your_data", "portal:language"),
    *("portal:leave", "portal:notice", "portal:send", "portal:plain", "portal:case"),
    *("licences", "api-docs", "accounts:login", "accounts:me", "accounts:people"),
    *("accounts:keys", "review:queue", "review:care", "review:keys", "review:banks"),
    *("review:approvals", "review:platforms", "review:new_platform", "review:break"),
    *("actions:deliveries", "actions:endpoints", "audit:events", "setup:keys"),
    *("setup:site", "setup:connect", "setup:attempt"),
)
SRC = Path(__file__).parents[2] / "src" / "staydown_web"
SCRIPTS = Path(__file__).parents[2] / "js" / "src"


@pytest.fixture
def visitor(admin: User, platform: Platform, client_of: Callable[..., Client]) -> Iterator[Client]:
    """Somebody who may open every page."""
    from staydown_web.banks.services import close_segments, default_bank
    from staydown_web.base.clock import utc_now

    default_bank(utc_now())
    yield client_of(admin)
    close_segments()


@pytest.mark.django_db
def test_every_page_loads_from_and_sends_to_this_service_alone(visitor: Client) -> None:
    for name in PAGES:
        answer = visitor.get(reverse(name), follow=True)
        assert answer.status_code == 200, name
        assert faults(answer) == [], name


@pytest.mark.parametrize(
    "part",
    [
        '<img src="/a.png" srcset="/a.png 1x, https://elsewhere.example/b.png 2x">',
        '<link rel="preload" imagesrcset="https://elsewhere.example/b.png 2x">',
        '<video src="/a.mp4" poster="//elsewhere.example/a.png"></video>',
        '<form action="/"><button formaction="https://elsewhere.example/"></button></form>',
        '<form action="/"><input type="image" src="https://elsewhere.example/a.png"></form>',
        '<svg><image href="https://elsewhere.example/a.png"/></svg>',
        '<svg><use xlink:href="https://elsewhere.example/a.svg#a"/></svg>',
        '<p style="background: url(https://elsewhere.example/a.png)"></p>',
        '<style>@import "https://elsewhere.example/a.css";</style>',
        '<style>p { background: URL("//elsewhere.example/a.png") }</style>',
        '<base href="https://elsewhere.example/">',
        '<a href="/" ping="https://elsewhere.example/seen">a</a>',
        '<img src="/\\elsewhere.example/a.png">',
        '<meta http-equiv="refresh" content="0; url=https://elsewhere.example/">',
    ],
)
def test_each_way_to_load_from_elsewhere_is_seen(part: str) -> None:
    page = Loads()
    page.feed(f"<!doctype html><title>a</title>{part}")
    assert [address for address in page.addresses if not is_ours(address)]


def test_no_stylesheet_loads_from_elsewhere() -> None:
    for sheet in SRC.rglob("*.css"):
        assert [one for one in style_addresses(sheet.read_text()) if not is_ours(one)] == [], sheet


def test_no_script_of_ours_names_another_host() -> None:
    called = re.compile(r"(?:fetch|import|WebSocket|EventSource|open|sendBeacon)\(\s*['\"`]https?:")
    assert [path.name for path in SCRIPTS.rglob("*.js") if called.search(path.read_text())] == []


def test_the_web_process_imports_no_decoder_and_nothing_that_few_need(tmp_path: Path) -> None:
    """The real WSGI application, asked for a page, for the API, and to check a picture."""
    import os

    cleared = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    furnish(tmp_path / "home")
    ran = subprocess.run(
        [sys.executable, "-c", ASKING, str(PICTURE)],
        env={**cleared, "STAYDOWN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    answers, checked, imported = ran.stdout.splitlines()[-3:]
    assert answers == "200 200 200 200"
    assert checked == "200 clear"
    assert imported == ""


PICTURE = Path(staydown.__file__).parent / "demo_media" / "maple.jpg"
ASKING = r"""
import hashlib, io, json, os, sys
from staydown_web.config.preparing import prepare
prepare(say=lambda text: None)
from staydown_web.config.wsgi import application
from staydown_web.config.web_server import warm_up
warm_up()

from staydown_web.accounts.models import ApiKey, Platform
from staydown_web.base.clock import utc_now
platform = Platform.objects.create(
    name="A", slug="a-platform", media_origins=[], regimes=[], created_at=utc_now())
ApiKey.objects.create(
    platform=platform, name="a", digest=hashlib.sha256(b"a key").hexdigest(),
    scopes=["check"], per_minute=0, created_at=utc_now())

def ask(path, method="GET", body=b"", **more):
    said = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "SERVER_NAME": "127.0.0.1",
               "SERVER_PORT": "8000", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
               "wsgi.url_scheme": "http", "HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1",
               "CONTENT_LENGTH": str(len(body)), **more}
    answer = application(environ, lambda status, headers, *_: said.append(status))
    text = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return said[0][:3], text

def check(path):
    with open(path, "rb") as file:
        picture = file.read()
    head = b'--x\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n'
    body = head + b"Content-Type: image/jpeg\r\n\r\n" + picture + b"\r\n--x--\r\n"
    return ask("/api/v1/check", "POST", body, HTTP_AUTHORIZATION="Bearer a key",
               CONTENT_TYPE="multipart/form-data; boundary=x")

print(*[ask(p)[0] for p in ("/status", "/", "/staff/sign-in/", "/api/v1/openapi.json")])
status, text = check(sys.argv[1])
print(status, json.loads(text).get("verdict"))
unwanted = {"PIL", "av", "pillow_heif", "xarf", "icalendar"}
print(*sorted(unwanted & {name.partition(".")[0] for name in sys.modules}))
"""
