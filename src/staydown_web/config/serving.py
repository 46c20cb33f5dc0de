"""``staydown serve``: prepare, start web and worker, watch them, end them."""

from __future__ import annotations

import http.client
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from staydown.errors import ConfigError
from staydown_web.base.commands import as_called
from staydown_web.config.environment import read_environment
from staydown_web.config.folders import refusal_of, trouble_in
from staydown_web.config.preparing import Prepared, check_port, is_set_up, prepare
from staydown_web.config.processes import Child, Supervisor
from staydown_web.config.roles import ROLE_VARIABLE, Role
from staydown_web.config.unknown_settings import unknown_sentence

READY_WITHIN_S = 180.0
"""How long the first start may take: a bank of millions is mapped, the search compiled."""

QUIET_FOR_S = 3.0
"""How long waiting needs no word."""

FIRST_START = (
    "The first start takes up to a minute: keys and tables are made, and the search is compiled "
    "for this machine."
)
WAITING = (
    "Waiting for the web server: it opens the bank and compiles the search, where this machine has "
    "not done so before. This can take a minute."
)

DEMO_HOST = "127.0.0.1"
"""Where the demo platform is, under whichever name of this machine the service listens."""

WEB_SERVER: Final = "The web server"
CHECKS_SERVER: Final = "The server of checks"

PAGES_GIVE_WAY: Final = 10
WORKER_GIVES_WAY: Final = 15
"""By how much pages and worker give way to a server of checks: a ninth and a thirtieth of its
weight. ADR-0106, ADR-0107."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to serve.

    Attributes:
        host: address to listen on.
        port: port of the service; the demo platform listens on the next one.
        workers: processes that answer requests.
        demo: the guided sample case and the demo platform.
        role: what this machine is for; see ``roles.Role``.
        checks_port: port on which processes of their own answer checks alone; 0: there are none.
    """

    host: str
    port: int
    workers: int
    demo: bool
    role: str = Role.ALL
    checks_port: int = 0

    @property
    def ports(self) -> list[int]:
        """Those on which web servers listen."""
        return [self.port, *([self.checks_port] if self.checks_port else [])]


def serve(plan: Plan, *, say: Say, announce: Callable[[Prepared], None]) -> None:
    """Serve until ``KeyboardInterrupt``, which SIGTERM raises too; leaves no process behind.

    Args:
        plan: how.
        say: takes sentences for the person at the terminal.
        announce: called once, when the service answers.

    Raises:
        ConfigError: what does not work, and what to do.
    """
    if unknown := unknown_sentence():  # first: what is wrong below may come of it
        say(unknown)
    refuse_worker_less(plan)
    refuse_checks_port(plan)
    settle_environment(plan)
    for port in plan.ports:
        check_port(plan.host, port)
    if plan.demo:
        check_port(DEMO_HOST, plan.port + 1, who="the demo platform, one port further,")
    is_first = not is_set_up(read_environment().home)
    if is_first:
        say(FIRST_START)
    prepared = prepare(say=say)
    supervisor = Supervisor(children_of(plan), say=say)
    try:
        supervisor.start()
        wait_until_ready(supervisor, plan, say=say)
        announce(prepared)
        supervisor.run()
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # a second one must not leave a child behind
        supervisor.stop()


def refuse_worker_less(plan: Plan) -> None:
    """A demonstration is one machine, with everything on it.

    Raises:
        ConfigError: it was to be less.
    """
    if plan.demo and plan.role != Role.ALL:
        raise ConfigError("a demonstration needs all of the service; leave out --role, or --demo")


def refuse_checks_port(plan: Plan) -> None:
    """Checks have a port of their own beside another one.

    Raises:
        ConfigError: they would have the same, or all of this machine is theirs.
    """
    if not plan.checks_port:
        return
    if plan.role == Role.CHECKER:
        raise ConfigError("this machine answers checks alone; leave out --checks-port, or --role")
    if plan.checks_port in {plan.port, plan.port + 1 if plan.demo else plan.port}:
        raise ConfigError(
            f"port {plan.checks_port} is the service's own or the demo platform's; choose another "
            "for --checks-port"
        )


def settle_environment(plan: Plan) -> None:
    """Set what follows from the command line, for us and for the children.

    Raises:
        ConfigError: a demonstration that others could reach.
    """
    if plan.demo:
        if not is_loopback(plan.host):
            raise ConfigError(
                "a demonstration has open doors, so it listens on this machine alone; leave out "
                "--host, or leave out --demo"
            )
        os.environ["STAYDOWN_DEMO"] = "1"
        os.environ["STAYDOWN_HOME"] = os.environ.get("STAYDOWN_HOME") or "staydown-demo"
        os.environ["STAYDOWN_DEMO_PORT"] = str(plan.port + 1)
        os.environ["STAYDOWN_URL"] = f"http://{plan.host}:{plan.port}"
    elif not os.environ.get("STAYDOWN_URL"):
        shown = "127.0.0.1" if plan.host in {"0.0.0.0", "::"} else plan.host  # noqa: S104 - compared
        name = f"[{shown}]" if ":" in shown else shown
        os.environ["STAYDOWN_URL"] = f"http://{name}:{plan.port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    return host in {"::1", "localhost"} or host.startswith("127.")


def children_of(plan: Plan) -> list[Child]:
    """The processes of the service, in the order of starting."""
    python = [sys.executable, "-m"]
    where = ["--host", plan.host, "--workers", str(plan.workers)]
    role = Role(plan.role)
    server = [*python, "staydown_web.config.web_server", *where]
    worker = [*python, "staydown_web.config.worker"]
    pages, work = (PAGES_GIVE_WAY, WORKER_GIVES_WAY) if plan.checks_port else (0, 0)
    children = [
        Child(
            WEB_SERVER,
            [*server, "--port", str(plan.port)],
            {ROLE_VARIABLE: role.value},
            niceness=pages,
        ),
        Child("The worker", worker, niceness=work)
        if role is Role.ALL
        else Child("The keeper of the bank", [*worker, "--only-here"], niceness=work),
    ]
    if plan.checks_port:
        children.append(
            Child(
                CHECKS_SERVER,
                [*server, "--port", str(plan.checks_port), "--beside"],
                {ROLE_VARIABLE: Role.CHECKER.value},
            )
        )
    if plan.demo:
        from staydown_web.config.demo.seeding import platform_child

        platform = platform_child(DEMO_HOST, plan.port + 1)
        platform.niceness = pages
        children.append(platform)
    return children


def wait_until_ready(supervisor: Supervisor, plan: Plan, *, say: Say) -> None:
    """Wait for ``/status`` to answer 200, and say so where it takes longer.

    Raises:
        ConfigError: the web server falls again and again, or takes too long; where the disk takes
            nothing any more, that is told.
    """
    servers = [one for one in supervisor.children if one.name in {WEB_SERVER, CHECKS_SERVER}]
    speaks_at = time.monotonic() + QUIET_FOR_S
    ends_at = time.monotonic() + READY_WITHIN_S
    while any(status_of(plan.host, port) != 200 for port in plan.ports):
        if any(one.falls >= 3 for one in servers) or time.monotonic() > ends_at:
            if found := trouble_in(read_environment().home):
                raise refusal_of(found)
            raise ConfigError("the web server does not start; `staydown doctor` says what is wrong")
        if time.monotonic() > speaks_at:
            say(WAITING)
            speaks_at = math.inf
        supervisor.look()
        time.sleep(0.1)


def status_of(host: str, port: int) -> int:
    """What ``/status`` answers; 0 where nobody does."""
    asked = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
    connection = http.client.HTTPConnection(asked, port, timeout=10)
    try:
        connection.request("GET", "/status", headers={"Host": "127.0.0.1"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def summary(prepared: Prepared, plan: Plan) -> list[str]:
    """What to tell the person at the terminal, one sentence a line."""
    lines = [f"Staydown is ready: {prepared.public_url}/"]
    if plan.checks_port:
        lines.append(f"Checks have processes of their own: port {plan.checks_port}.")
    if prepared.is_demo:
        lines.append("This is a demonstration on benign pictures; its guide is on the first page.")
    if prepared.first_admin_link:
        lines.append(f"Set it up here (works once, for two days): {prepared.first_admin_link}")
    lines.append(f"Data: {short(prepared.home)} ({prepared.database}); keys beside it in keys/.")
    lines.append(
        "Commands that pages name work from any folder, called so: "
        f"{as_called('staydown doctor', home=prepared.home)}"
    )
    if prepared.is_demo:
        lines.append("A demonstration sends no e-mail: people see answers on their page alone.")
    elif not prepared.is_mail_set:
        lines.append("Mail is not set (STAYDOWN_MAIL_URL): people see answers on their page alone.")
    lines.append("Ctrl-C ends it.")
    return lines


def as_row(prepared: Prepared, plan: Plan) -> dict[str, Any]:
    """The same for programs."""
    return {
        "address": prepared.public_url,
        "checks_port": plan.checks_port,
        "home": str(prepared.home),
        "database": prepared.database,
        "first_admin_link": prepared.first_admin_link,
        "mail": prepared.is_mail_set,
        "demo": prepared.is_demo,
    }


def short(path: Path) -> str:
    """A path as people would write it here."""
    return min((str(path), os.path.relpath(path)), key=len)
