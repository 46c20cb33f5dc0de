"""One real service for all tests of the client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checked_service import CheckedService, checked_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedService]:
    with checked_service(tmp_path_factory.mktemp("client-service")) as started:
        yield started
