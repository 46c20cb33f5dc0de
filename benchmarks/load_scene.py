"""A service under load: a bank of a million, a platform, keys, and a reviewer who is signed in.

``soak.py`` and ``overload.py`` use it. The home is a copy of the one that ``api_bank.py`` makes, so
that nothing of a run stays. As ``python load_scene.py --set-up`` it puts people and keys into the
home of its environment, and prints what a client needs of them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api_bank import ROOT, make_home
from bench_api import family

HOST = "127.0.0.1"
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
PROXY = ROOT / "deploy" / "nginx" / "staydown.conf"


class Scene:
    """A running service with one core, and what clients need.

    Attributes:
        checks_port: where checks by hash go; pages and uploads have a process of their own.
        keys: of programs, by name.
        session: cookie of a reviewer.
        pid: of the process that holds the others.
    """

    def __init__(self, folder: Path, port: int, given: dict, pid: int) -> None:
        self.folder, self.port, self.pid = folder, port, pid
        self.checks_port = port + 1
        self.keys: dict[str, str] = given["keys"]
        self.session: str = given["session"]
        self.entries: int = given["entries"]

    def memory_mb(self) -> dict[str, float]:
        """Anonymous memory by kind of process: what grows if something leaks.

        Mapped files are left out: how much of them is touched depends on what was asked.
        """
        found: dict[str, float] = {}
        for pid in family(self.pid):
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            kind = next((k for k in ("isolate", "web_server", "worker") if k in line), "serve")
            kb = next((int(row.split()[1]) for row in status.splitlines() if "RssAnon" in row), 0)
            found[kind] = found.get(kind, 0.0) + kb / 1024
        return {kind: round(mb, 1) for kind, mb in sorted(found.items())}


def surroundings(home: Path, port: int) -> dict[str, str]:
    """The environment of the service; addresses of people come as a proxy would send them."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")},
        "STAYDOWN_HOME": str(home),
        "STAYDOWN_SHARED_MEMORY": f"/dev/shm/staydown-load-{port}",
        "STAYDOWN_URL": f"http://{HOST}:{port}",
        "STAYDOWN_BEHIND_PROXY": "1",
        "DATABASE_URL": "",
    }


def start_proxy(scene: Scene) -> subprocess.Popen:
    """``deploy/nginx/staydown.conf`` without TLS, on core 0 too; calls go there from now on.

    Raises:
        SystemExit: nginx is not installed, or does not start.
    """
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        sys.exit("nginx is not installed (Debian: apt install nginx-light)")
    front = scene.port + 2
    given = PROXY.read_text(encoding="utf-8").replace("listen 443 ssl", f"listen {HOST}:{front}")
    for name, port in (("pages", scene.port), ("checks", scene.checks_port)):
        block = rf"(?s)(upstream staydown_{name} .*?127\.0\.0\.1:)8000(.*?)    server .*?\n"
        given, found = re.subn(block, rf"\g<1>{port}\g<2>", given)
        if not found:
            sys.exit(f"{PROXY} is not as this expects it")
    # All clients are at one address here, and say themselves whose they stand for.
    given = given.replace("$proxy_add_x_forwarded_for", "$http_x_forwarded_for")
    left = ("ssl_certificate", "limit_conn staydown_addresses")
    given = "".join(row for row in given.splitlines(True) if not any(word in row for word in left))
    folder = scene.folder / "proxy"
    folder.mkdir()
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(
        f"{user} pid {folder}/pid; error_log {folder}/log crit; worker_processes 1;\n"
        "worker_rlimit_nofile 8192; events { worker_connections 4096; }\n"
        f"http {{ {temporary} {given} }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        ["taskset", "-c", "0", nginx, "-p", folder, "-c", conf, "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
    )
    wait_until_ready(process, front, folder / "log")
    scene.port = scene.checks_port = front
    return process


@contextmanager
def service(
    *, folder: Path, entries: int, photos: int, port: int, proxied: bool = False
) -> Iterator[Scene]:
    """Serve a copy of the bank on core 0 until the end of the block; nothing of it stays.

    Args:
        folder: where banks are kept from one run to the next.
        entries: of the bank.
        photos: complete fingerprints among them.
        port: the first of three.
        proxied: with nginx in front, as ``deploy/nginx`` has it.
    """
    kept = make_home(folder, entries, photos)
    work = Path(tempfile.mkdtemp(prefix="staydown-load-"))
    env = surroundings(work / "home", port)
    process = proxy = None
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", str(kept / "home"), str(work)], check=True)
        done = subprocess.run(
            [sys.executable, __file__, "--set-up"],
            env={**env, "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings"},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        given = json.loads(done.stdout.splitlines()[-1]) | {"entries": entries}
        serve = [sys.executable, "-m", "staydown", "serve", "--port", str(port), "--workers", "1"]
        serve += ["--checks-port", str(port + 1)]
        with (work / "service.log").open("wb") as log:
            process = subprocess.Popen(
                ["taskset", "-c", "0", *serve], env=env, stdout=log, stderr=log
            )
        for one in (port, port + 1):
            wait_until_ready(process, one, work / "service.log")
        scene = Scene(work, port, given, process.pid)
        if proxied:
            proxy = start_proxy(scene)
        yield scene
    finally:
        if proxy is not None:
            proxy.send_signal(signal.SIGTERM)
            proxy.wait()
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait()
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(env["STAYDOWN_SHARED_MEMORY"], ignore_errors=True)


def wait_until_ready(process: subprocess.Popen, port: int, log: Path) -> None:
    """Wait for ``/status``.

    Raises:
        SystemExit: the service ended, or needs longer than five minutes.
    """
    for _ in range(1500):
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/status", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    sys.exit("the service does not start:\n" + log.read_text()[-2000:])


def set_up() -> dict:
    """People and keys in the home of this environment."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from staydown_web.accounts.models import Platform, ServiceSettings, User
    from staydown_web.accounts.services import create_api_key
    from staydown_web.base.clock import utc_now

    call_command("migrate", verbosity=0)
    now = utc_now()
    platform = Platform.objects.first()
    platform.public_url = "http://127.0.0.1:8161"
    platform.legal_email = "legal@forum.example"
    platform.media_origins = ["http://127.0.0.1:8161"]
    platform.regimes = ["us-tida"]
    platform.save()
    ServiceSettings.objects.update_or_create(
        id=1, defaults={"default_platform": platform, "setup_done_at": now}
    )
    user = User.objects.create_user(
        username="load", email="load@forum.example", role=User.Role.LEAD, pseudonym="R-load"
    )
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    keys = {
        name: create_api_key(
            platform=platform,
            name=name,
            scopes=["check", "match:detail"],
            per_minute=0,
            actor="system",
            now=now,
        )[1]
        for name in ("steady", "flood", "uploads")
    }
    return {"keys": keys, "session": session.session_key}


if __name__ == "__main__":
    if sys.argv[1:] != ["--set-up"]:
        sys.exit(f"{Path(__file__).relative_to(ROOT)} is used by soak.py and overload.py")
    print(json.dumps(set_up()))
