"""A database or disk that fails is told from a defect; what changed nothing is tried once more."""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from staydown_web.accounts.models import Platform
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.outages import answer_patiently, outage_of
from staydown_web.config import quick_lane
from staydown_web.config import views as config_views
from staydown_web.config.api_handler import ApiHandler


def as_django(cause: BaseException) -> OperationalError:
    """As Django passes on what the database's own library raised."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def failing(work: Callable[[sqlite3.Connection], object], path: str, **how: object) -> Exception:
    """What SQLite really raises."""
    with (
        closing(sqlite3.connect(path, timeout=0, **how)) as opened,
        pytest.raises(sqlite3.Error) as raised,
    ):
        work(opened)
    return as_django(raised.value)


def write(opened: sqlite3.Connection) -> None:
    opened.execute("INSERT INTO t VALUES (zeroblob(100000))")
    opened.commit()


def full(opened: sqlite3.Connection) -> None:
    opened.execute("PRAGMA max_page_count = 3")
    write(opened)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "a.sqlite3")
    made = sqlite3.connect(path, isolation_level=None)
    made.execute("CREATE TABLE t (x)")
    yield path
    made.close()


def code_of(error: BaseException) -> str | None:
    outage = outage_of(error)
    return outage.code if outage else None


def test_a_locked_full_read_only_or_broken_file_is_an_outage(file: str, tmp_path: Path) -> None:
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert code_of(failing(write, file)) == "database_busy"
    holder.close()
    assert code_of(failing(full, file)) == "storage_failed"
    assert code_of(failing(write, f"file:{file}?mode=ro", uri=True)) == "storage_failed"
    (tmp_path / "no.sqlite3").write_bytes(b"nothing of ours" * 1000)
    assert code_of(failing(write, str(tmp_path / "no.sqlite3"))) == "storage_failed"


def test_a_mistake_in_a_query_is_a_defect_and_no_outage(file: str) -> None:
    assert code_of(failing(lambda db: db.execute("SELECT * FROM nowhere"), file)) is None
    assert code_of(as_django(psycopg.errors.UndefinedTable("nowhere"))) is None
    assert code_of(as_django(psycopg.errors.UniqueViolation("twice"))) is None
    assert code_of(ValueError("x")) is None
    assert code_of(RecordNotFoundError("x")) is None
    assert code_of(None) is None


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), "unreachable"),
        (psycopg.InterfaceError("the connection is closed"), "unreachable"),
        (psycopg.errors.AdminShutdown("terminating connection"), "unreachable"),
        (psycopg.errors.CannotConnectNow("starting up"), "unreachable"),
        (psycopg.errors.ReadOnlySqlTransaction("a standby"), "unreachable"),
        (psycopg.errors.TooManyConnections("sorry"), "busy"),
        (psycopg.errors.DeadlockDetected("deadlock"), "busy"),
        (psycopg.errors.SerializationFailure("serialize"), "busy"),
        (psycopg.errors.QueryCanceled("timeout"), "busy"),
    ],
)
def test_what_postgresql_says_is_told_apart(cause: Exception, code: str) -> None:
    assert code_of(as_django(cause)) == f"database_{code}"
    assert code_of(as_django(psycopg.errors.DiskFull("full"))) == "storage_failed"


def test_a_full_disk_is_an_outage_and_a_missing_file_is_none() -> None:
    assert code_of(OSError(errno.ENOSPC, "full")) == "storage_failed"
    assert code_of(OSError(errno.EROFS, "read-only")) == "storage_failed"
    assert code_of(FileNotFoundError(errno.ENOENT, "none")) is None


# ---- once more ----

DEADLOCK = psycopg.errors.DeadlockDetected("deadlock")
LOST = psycopg.OperationalError("server closed the connection unexpectedly")


def tried(view: Callable[[HttpRequest], object], request: HttpRequest | None = None) -> list[str]:
    """The answers that a view gave, as far as it was asked."""
    answers: list[str] = []

    def answer(asked: HttpRequest) -> HttpResponse:
        try:
            response = HttpResponse(str(view(asked)))
        except OperationalError as error:
            response = HttpResponse(status=503)
            response.outage = outage_of(error)  # type: ignore[attr-defined]
        answers.append(response.content.decode() or str(response.status_code))
        return response

    answer_patiently(answer, request or RequestFactory().get("/"))
    return answers


def first_fails(cause: Exception, *, before: Callable[[], object] = lambda: None) -> Callable:
    calls: list[int] = []

    def view(request: HttpRequest) -> str:
        calls.append(1)
        if len(calls) == 1:
            before()
            raise OperationalError from cause
        return "well"

    return view


def make(slug: str) -> Platform:
    return Platform.objects.create(name=slug, slug=slug, created_at="2026-11-26T09:00Z")


@pytest.mark.django_db(transaction=True)
def test_what_had_changed_nothing_is_answered_once_more() -> None:
    assert tried(first_fails(LOST, before=Platform.objects.count)) == ["503", "well"]
    assert tried(first_fails(DEADLOCK)) == ["503", "well"]


@pytest.mark.django_db(transaction=True)
def test_it_is_answered_twice_at_most() -> None:
    def fails(request: HttpRequest) -> str:
        raise OperationalError from LOST

    assert tried(fails) == ["503", "503"]


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_before_is_not_done_again() -> None:
    assert tried(first_fails(DEADLOCK, before=lambda: make("a"))) == ["503"]
    assert Platform.objects.filter(slug="a").count() == 1

    def in_a_transaction() -> None:
        with transaction.atomic():
            make("b")

    assert tried(first_fails(DEADLOCK, before=in_a_transaction)) == ["503"]


def rolled_back(cause: Exception) -> Callable:
    calls: list[int] = []

    def view(request: HttpRequest) -> str:
        calls.append(1)
        with transaction.atomic():
            make("c")
            if len(calls) == 1:
                raise OperationalError from cause
        return "well"

    return view


@pytest.mark.django_db(transaction=True)
def test_what_a_deadlock_took_back_is_done_again() -> None:
    assert tried(rolled_back(DEADLOCK)) == ["503", "well"]
    assert Platform.objects.filter(slug="c").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_after_a_change_may_have_been_lost_after_its_commit() -> None:
    assert tried(rolled_back(LOST)) == ["503"]


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_is_there_the_second_time() -> None:
    def view(request: HttpRequest) -> str:
        words = f"{request.POST['a']} {request.FILES['f'].read().decode()}"
        seen.append(words)
        if len(seen) == 1:
            raise OperationalError from DEADLOCK
        return words

    seen: list[str] = []
    sent = {"a": "one", "f": SimpleUploadedFile("x", b"two")}
    assert tried(view, RequestFactory().post("/", sent)) == ["503", "one two"]
    assert seen == ["one two", "one two"]


# ---- what people and programs are told ----


@contextmanager
def database_is_silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every statement fails as it does where the server is gone."""

    def refuse(*_given: object) -> None:
        raise OperationalError from LOST

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.django_db(transaction=True)
def test_a_page_says_so_and_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["session"] = "a" * 32
    with database_is_silent(monkeypatch):
        for path in (reverse("portal:plain"), reverse("review:queue"), reverse("accounts:login")):
            answer = client.get(path)
            assert answer.status_code == 503, path
            assert int(answer["Retry-After"]) > 0
            assert "database_unreachable" in answer.content.decode()
            assert answer["Cache-Control"] == "no-store"
            assert "Content-Security-Policy" in answer.headers
    assert client.get(reverse("portal:plain")).status_code == 200


CALLS = ["/api/v1/orders", "/api/v1/hits", "/m/lookup?signal_type=pdq&signal=00", "/c/banks"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", CALLS)
def test_a_program_gets_a_problem_with_a_code(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    status: list[str] = []
    headers: dict[str, str] = {}

    def start(line: str, given: list[tuple[str, str]], *_more: object) -> None:
        status.append(line)
        headers.update(given)

    where, _, query = path.partition("?")
    bearer = {"HTTP_AUTHORIZATION": "Bearer sd_unknown_key"}
    environ = RequestFactory().get(where, **bearer).environ | {"QUERY_STRING": query}
    with database_is_silent(monkeypatch):
        body = b"".join(ApiHandler()(environ, start))
    assert status[0].startswith("503"), (status, body)
    assert int(headers["Retry-After"]) > 0
    assert b"database_unreachable" in body


@pytest.mark.django_db(transaction=True)
def test_a_check_is_asked_once_more_and_then_answered_by_a_problem() -> None:
    said: dict[str, Any] = {}
    tries: list[str] = []

    def refuse(_execute: object, sql: str, *_given: object) -> None:
        tries.append(sql)
        raise OperationalError from LOST

    def start(line: str, given: list[tuple[str, str]]) -> None:
        said.update(status=line, **dict(given))

    sent = {"data": b"{}", "content_type": "application/json", "HTTP_AUTHORIZATION": "Bearer x"}
    environ = RequestFactory().post("/api/v1/check", **sent).environ
    assert quick_lane.takes(environ)
    with connection.execute_wrapper(refuse):
        body = b"".join(quick_lane.answer(environ, start))
    assert said["status"].startswith("503")
    assert int(said["Retry-After"]) > 0
    assert json.loads(body)["code"] == "database_unreachable"
    assert len(tries) == 2


@pytest.mark.django_db(transaction=True)
def test_the_status_is_that_of_the_database_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_views, "is_ready", lambda: True)
    client = Client()
    assert client.get("/status").status_code == 200
    if connection.vendor == "postgresql":
        connection.connection.close()  # as a server that was restarted leaves it
        assert client.get("/status").status_code == 200

    def refuse() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    assert client.get("/status").status_code == 503
