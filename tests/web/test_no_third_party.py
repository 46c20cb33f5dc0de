"""No page loads anything from anybody else, and the process that serves pages opens no media."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

import staydown
from staydown_web.accounts.models import Platform, User

LOADS = {
    "script": "src",
    "img": "src",
    "video": "src",
    "audio": "src",
    "source": "src",
    "iframe": "src",
    "embed": "src",
    "object": "data",
    "form": "action",
    "link": "href",
    "use": "href",
    "track": "src",
}
"""Element -> the attribute by which a page loads something or sends something there."""

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


class Loads(HTMLParser):
    """Addresses that a page loads, and whether it has code of its own inside."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (name := LOADS.get(tag)) and given.get(name):
            self.addresses.append(str(given[name]))
        self._in_script = tag == "script" and given.get("type") != "application/json"
        if tag == "style" or any(key == "style" or key.startswith("on") for key in given):
            self.inline.append(tag)
        if str(given.get("http-equiv")).lower() == "refresh":
            self.addresses.append(str(given.get("content")).partition("=")[2].strip("'\" "))

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append("script")


def is_ours(address: str) -> bool:
    parts = urlsplit(address)
    if address == "about:blank":
        return True
    return not parts.netloc and parts.scheme in {"", "data"}


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
        check(answer)


def check(answer: HttpResponse) -> None:
    """Nothing from elsewhere, no code of its own inside, and headers that forbid both."""
    page = Loads()
    page.feed(answer.content.decode())
    assert page.addresses
    assert [address for address in page.addresses if not is_ours(address)] == []
    assert page.inline == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"https?:|\*|unsafe-inline|'unsafe-eval'", policy)
    assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_stylesheet_loads_from_elsewhere() -> None:
    for sheet in SRC.rglob("*.css"):
        text = sheet.read_text()
        assert re.findall(r"@import|url\(\s*['\"]?(?:https?:)?//", text) == [], sheet.name


def test_no_script_of_ours_names_another_host() -> None:
    called = re.compile(r"(?:fetch|import|WebSocket|EventSource|open|sendBeacon)\(\s*['\"`]https?:")
    assert [path.name for path in SCRIPTS.rglob("*.js") if called.search(path.read_text())] == []


def test_the_web_process_never_imports_a_decoder(tmp_path: Path) -> None:
    """The real WSGI application, asked for a page, for the API, and to check a picture."""
    import os

    cleared = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    ran = subprocess.run(
        [sys.executable, "-c", ASKING, str(PICTURE)],
        env={**cleared, "STAYDOWN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    answers, checked, decoders = ran.stdout.splitlines()[-3:]
    assert answers == "200 200 200 200"
    assert checked == "200 clear"
    assert decoders == ""


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
print(*sorted({"PIL", "av", "pillow_heif"} & {name.partition(".")[0] for name in sys.modules}))
"""
