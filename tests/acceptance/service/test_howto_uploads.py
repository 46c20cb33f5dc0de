"""The how-tos of web applications, each block as a reader would type it, before a real service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checked_service import OTHER, CheckedService, checked_service, cropped, saved_again
from howto_pages import PAGES, run_steps, steps_of
from served import free_ports

PORTS = {"fastapi-or-starlette.md": 8160, "flask-or-wsgi.md": 8161, "django-uploads.md": 8162}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedService]:
    with checked_service(tmp_path_factory.mktemp("howto-service")) as started:
        yield started


@pytest.mark.parametrize("page", PORTS)
def test_a_how_to_stops_a_banked_upload(page: str, service: CheckedService, tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / "garden.jpg").write_bytes(OTHER.read_bytes())
    (uploads / "copy.jpg").write_bytes(saved_again())
    (uploads / "cut.jpg").write_bytes(cropped())
    replaced = {
        "http://127.0.0.1:8000": service.address,
        str(PORTS[page]): str(free_ports()),
    }
    steps = steps_of(PAGES / page, tmp_path, replaced)
    assert [step.printed for step in steps].count(None) < len(steps)
    run_steps(steps, tmp_path, STAYDOWN_HOME=str(service.served.home))
    stored = [path.read_bytes() for path in (tmp_path / "photos").iterdir()]
    assert stored == [OTHER.read_bytes()]


def test_the_storage_of_the_django_page_is_one(tmp_path: Path) -> None:
    from django.core.files.storage import FileSystemStorage

    from staydown_client.django.storage import CheckedStorage

    steps_of(PAGES / "django-uploads.md", tmp_path, {})
    found: dict[str, dict[str, dict[str, object]]] = {}
    exec((tmp_path / "settings_with_storage.py").read_text(), found)
    default = found["STORAGES"]["default"]
    made = CheckedStorage(**default["OPTIONS"])  # type: ignore[arg-type] # as Django calls it
    assert isinstance(made.storage, FileSystemStorage)
