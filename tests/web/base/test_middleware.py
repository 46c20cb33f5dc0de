"""Headers on every answer, the closed door, and logs that hold codes alone."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory

from staydown_web.base.errors import RateLimitedError, RecordNotFoundError, SealError
from staydown_web.base.middleware import ErrorPagesMiddleware, StaffOnlyMiddleware, place_of
from staydown_web.base.static import add_headers

SECRET = "rosalind"
"""What a person could have typed; it must be in no log line and in no header."""


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


HOSTILE = [
    ("get", f"/{SECRET}", {}),
    ("get", f"/staff/{SECRET}/", {}),
    ("get", f"/api/v1/{SECRET}", {}),
    ("get", f"/api/v1/orders?after={SECRET}", {}),
    ("get", f"/status?{SECRET}=%00%ff", {}),
    ("get", f"/static/{SECRET}.js", {}),
    ("get", f"/static/../../{SECRET}", {}),
    ("get", "/", {"headers": {"Host": f"{SECRET}.example"}}),
    ("get", "/", {"headers": {"Cookie": f"session={SECRET}; language={SECRET}"}}),
    ("get", "/", {"headers": {"Accept-Language": SECRET * 50}}),
    ("get", "/api/v1/orders", {"headers": {"Authorization": f"Bearer {SECRET}"}}),
    ("post", "/staff/sign-in/", {"data": {"username": SECRET, "password": SECRET}}),
    ("post", "/api/v1/check", {"data": f'{{"{SECRET}', "content_type": "application/json"}),
    ("post", "/api/v1/check", {"data": SECRET, "content_type": f"text/{SECRET}"}),
    ("post", "/", {"data": {SECRET: SECRET}}),
    ("put", f"/staff/{SECRET}/", {}),
    ("trace", f"/{SECRET}", {}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "more"), HOSTILE, ids=lambda v: str(v)[:40])
def test_no_log_line_and_no_header_holds_what_was_sent(
    client: Client, caplog: pytest.LogCaptureFixture, method: str, path: str, more: dict
) -> None:
    caplog.set_level(logging.INFO)
    # The framework's own lines name the address of a request: settings keep them out.
    for name in ("django.request", "django.security"):
        assert logging.getLogger(name).getEffectiveLevel() >= logging.CRITICAL
    response = getattr(client, method)(path, **more)
    assert response.status_code < 500 or path.startswith("/status")  # 503: not ready yet
    assert not [r.getMessage() for r in caplog.records if SECRET in f"{r.getMessage()}{r.exc_text}"]
    shown = {k: v for k, v in response.headers.items() if k != "Location"}
    assert SECRET not in str(shown)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "more"), HOSTILE, ids=lambda v: str(v)[:40])
def test_every_answer_carries_the_headers_that_protect(
    client: Client, method: str, path: str, more: dict
) -> None:
    headers = getattr(client, method)(path, **more).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Cookie" in headers["Vary"]
    assert "Server" not in headers


@pytest.mark.django_db
def test_people_who_came_by_tls_come_by_tls_again(settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    response = Client().get("/status", secure=True)
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.django_db
def test_a_foreign_host_gets_nothing(client: Client) -> None:
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert b"evil" not in response.content


def test_static_files_carry_a_policy_and_scripts_can_send_nothing() -> None:
    script: dict[str, str] = {}
    add_headers(script, "/srv/static/js/worker.0123456789ab.js", "/static/js/worker.js")
    assert "connect-src 'none'" in script["Content-Security-Policy"]
    assert "form-action 'none'" in script["Content-Security-Policy"]
    drawing: dict[str, str] = {}
    add_headers(drawing, "/srv/static/mark.svg", "/static/mark.svg")
    assert drawing["Content-Security-Policy"].startswith("default-src 'none'")
    assert "script-src" not in drawing["Content-Security-Policy"]


def answered(error: Exception, path: str = "/case/") -> HttpResponse | None:
    request = RequestFactory().get(path)
    request.user = SimpleNamespace(is_authenticated=False, is_verified=lambda: False)
    return ErrorPagesMiddleware(lambda r: HttpResponse()).process_exception(request, error)


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_deliberate_error_is_logged_by_its_code(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    response = answered(SealError(f"the case of {SECRET}"), "/api/v1/x")
    assert response is not None
    assert response.status_code == 500
    assert [r.getMessage() for r in caplog.records] == ["error seal_broken"]


def test_a_defect_is_logged_by_its_kind_and_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    error = raised(ValueError(f"cannot read {SECRET}"))
    assert answered(error) is None
    line = caplog.records[0].getMessage()
    assert line.startswith("defect ValueError at ")
    assert SECRET not in line
    assert caplog.records[0].exc_info is None
    assert place_of(ValueError()) == "unknown"


@pytest.mark.parametrize("error", [Http404("x"), SuspiciousOperation("x")])
def test_what_django_answers_itself_is_no_defect(error, caplog: pytest.LogCaptureFixture) -> None:
    assert answered(error) is None
    assert caplog.records == []


def test_programs_get_problem_details_and_people_a_page() -> None:
    problem = answered(RecordNotFoundError("there is no such thing"), "/api/v1/x")
    assert problem is not None
    assert problem["Content-Type"] == "application/problem+json"
    page = answered(RecordNotFoundError("there is no such thing"))
    assert page is not None
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_who_comes_too_often_is_told_when_to_come_again() -> None:
    response = answered(RateLimitedError("too many", retry_after_s=30))
    assert response is not None
    assert (response.status_code, response["Retry-After"]) == (429, "30")


@pytest.mark.django_db
def test_a_view_is_closed_unless_it_says_otherwise(reviewer) -> None:
    door = StaffOnlyMiddleware(lambda r: HttpResponse("in"))
    request = RequestFactory().get("/anything")
    request.user = SimpleNamespace(is_authenticated=False)

    def view(r):
        return HttpResponse("in")

    assert door.process_view(request, view, (), {}).status_code == 302
    request.user = reviewer
    reviewer.is_verified = lambda: False
    sent = door.process_view(request, view, (), {})
    assert sent is not None, "a password without the second factor opens nothing"
    reviewer.is_verified = lambda: True
    assert door.process_view(request, view, (), {}) is None
    view.login_required = False
    request.user = SimpleNamespace(is_authenticated=False)
    assert door.process_view(request, view, (), {}) is None


@pytest.mark.django_db
def test_what_only_a_button_does_is_a_page_with_a_way_back(
    reviewer_client: Client, client: Client
) -> None:
    """A browser comes to such an address by itself: after signing in anew, or by reloading."""
    answer = reviewer_client.get("/staff/break/change/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "Go to the queue" in answer.content.decode()
    theirs = client.post("/evidence/")
    assert theirs.status_code == 405
    assert 'href="/"' in theirs.content.decode()
