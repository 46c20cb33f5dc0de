"""A machine that only checks answers checks, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from staydown_web.config.roles import ROLE_VARIABLE, in_role
from staydown_web.config.worker import jobs_here


def whole(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Stands for the whole service."""
    start_response("200 OK", [])
    return [b"whole"]


def asked(path: str) -> tuple[str, bytes]:
    said: list[str] = []
    body = in_role(whole)({"PATH_INFO": path}, lambda status, _headers: said.append(status))
    return said[0], b"".join(body)


ANSWERED = [
    "/api/v1/check",
    "/api/v1/check/batch",
    "/api/v1/checks/0c3a7c5e-0000-4000-8000-000000000000",
    "/api/v1/hits",
    "//hooks/pict-rs/",
    "/h/hash",
    "/m/lookup",
    "/status",
    "/status/live",
    "/readyz",
]
NOT_ANSWERED = ["/", "", "/staff/", "/case/", "/api/v1/orders", "/api/v1/docs", "/c/banks", "/help"]


@pytest.mark.parametrize("path", ANSWERED)
def test_a_checker_answers_checks(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROLE_VARIABLE, "checker")
    assert asked(path) == ("200 OK", b"whole")


@pytest.mark.parametrize("path", NOT_ANSWERED)
def test_a_checker_has_no_pages(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROLE_VARIABLE, "checker")
    status, body = asked(path)
    assert status.startswith("404")
    assert json.loads(body)["code"] == "address_unknown"


@pytest.mark.parametrize("role", ["all", "web", None])
def test_other_machines_answer_everything(
    role: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ROLE_VARIABLE, raising=False)
    if role:
        monkeypatch.setenv(ROLE_VARIABLE, role)
    assert {asked(path)[1] for path in ANSWERED + NOT_ANSWERED} == {b"whole"}


def test_each_machine_keeps_its_own_bank_and_does_no_other_job() -> None:
    names = {job.name for job in jobs_here()}
    assert {"publish_changes", "hear_changes", "purge_withdrawn", "seal_latest"} <= names
    assert not names & {"send_letters", "deliver", "audit_checkpoint", "watch_clocks"}
