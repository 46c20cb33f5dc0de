"""Pictures of the pages of a helpline: ``python docs/screens/helpline.py``, or within the tour.

The cases are rows of benign addresses, made in the demonstration's own database.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from served import Served, served  # noqa: E402

PAGES = {
    "helpline-cases": "",
    "helpline-not-told": "not-told/",
    "helpline-clients": "clients/",
    "helpline-client": "clients/{client}/",
    "helpline-file": "clients/{client}/link/",
    "helpline-case": "cases/{number}/",
    "helpline-add": "cases/{number}/add/",
    "helpline-shared": "shared/{shared}/",
    "helpline-team": "team/",
    "helpline-calendar": "address/",
}
SEED = """
import django; django.setup()
from django.utils import timezone
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from helpline_scene import (
    give_case, make_case, make_caseworker, make_client, make_crowd, make_team, tell)
from staydown_web.accounts.beginnings import BEGAN
from staydown_web.accounts.models import Platform
from staydown_web.cases.services.accesses import share_case
from staydown_web.cases.services.handing import offer_case
now, platform = timezone.now(), Platform.objects.get(is_demo=True)
team = make_team("Helpline Example", now)
mia, noa = make_caseworker("mia", team, leads=True), make_caseworker("noa", team)
cases = make_crowd(mia, platform, now, 24)
tell(cases[2], mia, now)
theirs = give_case(make_case(platform, now), make_client(noa, "File 20", now), noa, now)
offer_case(access=theirs, user=noa, taker=mia, note="She prefers mornings.", now=now)
shared = share_case(case=make_case(platform, now), team=team, now=now)
session = SessionStore()
session[SESSION_KEY] = str(mia.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = mia.get_session_auth_hash()
session[DEVICE_ID_SESSION_KEY] = TOTPDevice.objects.get(user=mia).persistent_id
session[BEGAN] = now.isoformat()
session.save()
print(session.session_key, cases[2].client_id, cases[2].case.number, shared.pk)
"""


def tour(browser: Browser, service: Served, keep: Callable[[Any, str], None]) -> None:
    """Every page of a caseworker with two dozen cases."""
    own = {
        **os.environ,
        "STAYDOWN_HOME": str(service.home),
        "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings",
        "PYTHONPATH": str(ROOT / "tests"),
    }
    made = subprocess.run(
        [sys.executable, "-c", SEED], env=own, capture_output=True, text=True, check=True
    )
    key, client, number, shared = made.stdout.split()
    context = browser.new_context()
    context.add_cookies([{"name": "session", "value": key, "url": service.address}])
    page = context.new_page()
    page.set_default_timeout(120_000)
    for name, path in PAGES.items():
        ending = path.format(client=client, number=number, shared=shared)
        page.goto(f"{service.address}/staff/helpline/{ending}")
        if name == "helpline-add":
            page.get_by_label("Addresses").fill(
                "https://board.example/p/1\nhttps://board.example/p/1\nno address\n"
                "https://pics.example/2"
            )
            page.get_by_role("button", name="Read the list").click()
            page.wait_for_selector("#result")
        keep(page, name)
    context.close()


def main() -> None:
    """These pictures alone."""
    from make import keep  # noqa: PLC0415 - the tour imports this module

    with (
        tempfile.TemporaryDirectory(prefix="staydown-screens-") as folder,
        served(Path(folder) / "home", "--demo") as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        tour(browser, service, keep)
        browser.close()


if __name__ == "__main__":
    main()
