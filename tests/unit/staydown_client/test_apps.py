"""Applications under a real server, before a real service: what is banked is never stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from app_servers import RunningApp, running_app
from checked_service import CONFIRMED, OTHER, REPORTED, CheckedService, cropped, saved_again
from upload_bodies import FORM_TYPE, Part, form, photo

APPS = {
    "starlette": ("upload_apps.asgi_app:app", "asgi"),
    "flask": ("upload_apps.wsgi_app:app", "wsgi"),
    "django": ("upload_apps.django_app:app", "wsgi"),
    "django-asgi": ("upload_apps.django_app:asgi", "asgi"),
    "django-storage": ("upload_apps.django_app:app", "wsgi"),
}
middlewares_only = pytest.mark.parametrize("site", ["starlette", "flask"], indirect=True)
"""Django's handlers see forms alone, and say what they know on the request itself."""
with_a_request = pytest.mark.parametrize(
    "site", sorted({*APPS} - {"django-storage"}), indirect=True
)
"""A storage sees one file at a time, without a request."""


@dataclass(frozen=True, slots=True)
class Site:
    """An application, and what it is."""

    name: str
    app: RunningApp

    def post(self, body: bytes, path: str = "/store", kind: str = FORM_TYPE) -> httpx.Response:
        return httpx.post(
            self.app.address + path, content=body, headers={"Content-Type": kind}, timeout=60
        )

    def stored_by(self, body: bytes, kind: str = FORM_TYPE) -> tuple[httpx.Response, int]:
        """The answer, and how many files more are stored."""
        before = len(self.app.stored())
        answer = self.post(body, kind=kind)
        return answer, len(self.app.stored()) - before


@pytest.fixture(scope="module", params=APPS)
def site(request: pytest.FixtureRequest, service: CheckedService) -> Iterator[Site]:
    name: str = request.param
    by = {"CHECKED_BY": "storage"} if name == "django-storage" else {}
    known = (service.address, service.upload_key)
    with running_app(*APPS[name], known, ON_UNREACHABLE="closed", **by) as app:
        yield Site(name, app)


def test_another_photo_is_stored_byte_for_byte(site: Site) -> None:
    data = OTHER.read_bytes()
    answer, more = site.stored_by(form(Part("title", "Bäume".encode()), photo(data)))
    assert answer.status_code == 200, answer.text
    assert more == 1
    assert site.app.stored()[-1] == data
    said = answer.json()
    assert said["stored"]["title"] == "Bäume"
    assert said["is_held"] is False
    if site.name != "django-storage":
        assert len(said["check"]) == 36


@pytest.mark.parametrize(
    "copy", [CONFIRMED.read_bytes(), saved_again(), saved_again(format_="PNG")], ids=len
)
def test_a_copy_of_a_confirmed_photo_is_never_stored(site: Site, copy: bytes) -> None:
    answer, more = site.stored_by(form(photo(copy)))
    assert (answer.status_code, more) == (451, 0)
    assert answer.json()["code"] == "upload_refused"
    assert list(site.app.temporary.iterdir()) == []


def test_a_lie_about_what_a_file_is_changes_nothing(site: Site) -> None:
    lie = Part("photo", saved_again(), "notes.txt", "text/plain")
    answer, more = site.stored_by(form(lie))
    assert (answer.status_code, more) == (451, 0)


@with_a_request
def test_a_cropped_copy_passes_with_a_mark_to_hold_it(site: Site) -> None:
    answer, more = site.stored_by(form(photo(cropped())))
    assert (answer.status_code, more) == (200, 1)
    assert answer.json()["is_held"] is True
    assert answer.json()["check"]


@with_a_request
def test_one_copy_among_many_files_stops_all_of_them(site: Site) -> None:
    others = [photo(OTHER.read_bytes(), f"photo{n}") for n in range(5)]
    answer, more = site.stored_by(form(*others, photo(saved_again(), "last")))
    assert (answer.status_code, more) == (451, 0)


def test_many_files_are_stored_in_their_order(site: Site) -> None:
    parts = [photo(saved_again(OTHER) + bytes([n]), f"photo{n}") for n in range(12)]
    answer, more = site.stored_by(form(*parts))
    assert (answer.status_code, more) == (200, 12), answer.text
    wanted = {part.field: hashlib.sha256(part.data).hexdigest() for part in parts}
    assert answer.json()["stored"] == wanted


def test_files_that_are_no_media_and_empty_ones_pass(site: Site) -> None:
    text, empty = Part("text", b"%PDF-1.4 text", "a.pdf", "application/pdf"), photo(b"", "empty")
    answer, more = site.stored_by(form(text, empty))
    assert (answer.status_code, more) == (200, 2)
    assert answer.json()["check"] == ""


@with_a_request
def test_what_cannot_be_opened_is_held(site: Site) -> None:
    answer, more = site.stored_by(form(photo(b"\xff\xd8\xff\xe0 and then nothing")))
    assert (answer.status_code, more) == (200, 1)
    assert answer.json()["is_held"] is True


@with_a_request
def test_a_body_above_the_limit_is_refused(site: Site) -> None:
    answer, more = site.stored_by(form(photo(b"\xff\xd8\xff" + bytes(9 << 20))))
    assert (answer.status_code, more) == (413, 0)


@middlewares_only
def test_a_form_that_is_not_whole_is_refused(site: Site) -> None:
    body = form(photo(saved_again()))
    answer, more = site.stored_by(body[: len(body) // 2])
    assert (answer.status_code, more) == (400, 0)


def test_half_a_form_with_a_copy_in_it_stores_nothing(site: Site) -> None:
    body = form(photo(saved_again()))
    _, more = site.stored_by(body[: len(body) - 20])
    assert more == 0


@middlewares_only
@pytest.mark.parametrize("size", [1, 100, 70_000, 3_000_000])
def test_bodies_that_are_no_forms_pass_as_they_are(site: Site, size: int) -> None:
    body = b"{" + b"x" * (size - 1)
    answer = site.post(body, "/echo", "application/json")
    assert answer.json()["sha256"] == hashlib.sha256(body).hexdigest()
    assert answer.json()["size"] == size


@middlewares_only
@pytest.mark.parametrize("kind", ["image/jpeg", "application/octet-stream", "text/plain"])
def test_a_photo_as_the_whole_body_is_checked(site: Site, kind: str) -> None:
    assert site.post(saved_again(), "/echo", kind).status_code == 451
    data = OTHER.read_bytes()
    answer = site.post(data, "/echo", kind)
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert answer.json()["verdict"] == "clear"


@middlewares_only
def test_a_body_without_a_length_is_read_to_its_end(site: Site) -> None:
    def chunked(body: bytes) -> Iterator[bytes]:
        for at in range(0, len(body), 1000):
            yield body[at : at + 1000]

    def post(body: bytes) -> httpx.Response:
        return httpx.post(
            f"{site.app.address}/store",
            content=chunked(body),
            headers={"Content-Type": FORM_TYPE},
            timeout=60,
        )

    before = len(site.app.stored())
    assert post(form(photo(saved_again()))).status_code == 451
    assert len(site.app.stored()) == before
    data = OTHER.read_bytes()
    assert post(form(photo(data))).status_code == 200
    assert site.app.stored()[-1] == data


@middlewares_only
def test_nobody_outside_can_say_that_something_was_checked(site: Site) -> None:
    lies = {"Staydown-Check": "mine", "Staydown-Verdict": "clear", "Content-Type": "text/plain"}
    answer = httpx.post(f"{site.app.address}/echo", content=b"text", headers=lies)
    assert (answer.json()["check"], answer.json()["verdict"]) == ("", "")


def test_uploads_at_the_same_time_do_not_mix(site: Site) -> None:
    def asked(number: int) -> tuple[int, str]:
        is_copy = number % 3 == 0
        data = saved_again() if is_copy else saved_again(OTHER) + bytes([number])
        answer = site.post(form(photo(data)))
        if is_copy:
            return answer.status_code, ""
        is_own = answer.json()["stored"]["photo"] == hashlib.sha256(data).hexdigest()
        return answer.status_code, "own" if is_own else "another's"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(asked, range(24)))
    assert found == [(451, "") if n % 3 == 0 else (200, "own") for n in range(24)]


@with_a_request
def test_a_reported_photo_is_held(site: Site) -> None:
    answer, more = site.stored_by(form(photo(REPORTED.read_bytes())))
    assert (answer.status_code, more, answer.json()["is_held"]) == (200, 1, True)


def test_logs_hold_nothing_of_uploads(site: Site) -> None:
    site.post(form(photo(saved_again(), name="our-secret-name.jpg")))
    log = site.app.log.read_text()
    assert "our-secret-name" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("how", "status"), [({"WITHOUT_MIDDLEWARE": "1"}, 403), ({"WITH_CSRF": "1"}, 451)], ids=str
)
def test_django_refuses_also_without_the_middleware_and_before_csrf(
    service: CheckedService, how: dict[str, str], status: int
) -> None:
    known = (service.address, service.upload_key)
    with running_app(*APPS["django"], known, ON_UNREACHABLE="closed", **how) as app:
        site = Site("django", app)
        answer, more = site.stored_by(form(photo(saved_again())))
        assert (answer.status_code, more) == (status, 0)
        assert list(app.temporary.iterdir()) == []
