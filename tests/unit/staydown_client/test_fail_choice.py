"""No answer from the service: refused or let through, as the platform chose, and never silently."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app_servers import RunningApp, running_app
from checked_service import saved_again
from served import free_ports
from upload_bodies import FORM_TYPE, Part, form, photo
from web_servers import answering, serving

APPS = {
    "starlette": ("upload_apps.asgi_app:app", "asgi"),
    "flask": ("upload_apps.wsgi_app:app", "wsgi"),
    "django": ("upload_apps.django_app:app", "wsgi"),
}


@pytest.fixture(scope="module", params=[(n, c) for n in APPS for c in ("open", "closed")], ids=str)
def cut_off(request: pytest.FixtureRequest) -> Iterator[tuple[str, RunningApp]]:
    """An application whose service is not there, and what it chose."""
    name, choice = request.param
    nobody = f"http://127.0.0.1:{free_ports()}"
    with running_app(*APPS[name], (nobody, "sd_key"), ON_UNREACHABLE=choice) as app:
        yield choice, app


def post(app: RunningApp, *parts: Part) -> httpx.Response:
    headers = {"Content-Type": FORM_TYPE}
    return httpx.post(f"{app.address}/store", content=form(*parts), headers=headers, timeout=60)


def test_uploads_pass_or_not_as_was_chosen(cut_off: tuple[str, RunningApp]) -> None:
    choice, app = cut_off
    before = len(app.stored())
    answer = post(app, photo(saved_again(), name="our-secret-name.jpg"))
    log = app.log.read_text()
    if choice == "open":
        assert answer.status_code == 200
        assert answer.json()["is_unchecked"] is True
        assert answer.headers["Staydown-Unchecked"] == "1"
        assert len(app.stored()) == before + 1
        assert "an upload passed unchecked (service_unreachable)" in log
    else:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert answer.json()["code"] == "upload_unchecked"
        assert len(app.stored()) == before
        assert "an upload was refused: it could not be checked (service_unreachable)" in log
    assert "our-secret-name" not in log


def test_what_needs_no_check_passes_always(cut_off: tuple[str, RunningApp]) -> None:
    _, app = cut_off
    answer = post(app, Part("title", b"a text"), Part("notes", b"more", "a.txt", "text/plain"))
    assert answer.status_code == 200
    assert "Staydown-Unchecked" not in answer.headers


NOT_READY = b'{"type":"about:blank#bank_not_ready","status":503,"code":"bank_not_ready"}'


@pytest.mark.parametrize(("choice", "status"), [("open", 200), ("closed", 503)])
def test_a_service_whose_bank_cannot_be_searched_is_no_answer_and_never_clear(
    choice: str, status: int
) -> None:
    says = answering(
        NOT_READY,
        status="503 Service Unavailable",
        Retry_After="1",
        Content_Type="application/problem+json",
        Connection="close",
    )
    with (
        serving(says) as service,
        running_app(*APPS["flask"], (service.origin, "sd_key"), ON_UNREACHABLE=choice) as app,
    ):
        answer = post(app, photo(saved_again()))
        assert answer.status_code == status
        assert len(service.requests) == 2  # asked again as soon as it said
        log = app.log.read_text()
        assert "(bank_not_ready)" in log
        if choice == "open":
            assert answer.json()["is_unchecked"] is True
            assert answer.headers["Staydown-Unchecked"] == "1"
        else:
            assert answer.json()["code"] == "upload_unchecked"
            assert app.stored() == []
