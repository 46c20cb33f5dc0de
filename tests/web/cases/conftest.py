"""Filings of drawn fingerprints: complete by default, and changed field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform
from staydown_web.banks.services import close_segments
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.services import Filed, file_case

URL = "http://127.0.0.1:8161/media/1.jpg"
ANSWERS = Answers(
    statement="It was shared without my consent.",
    signature="Ada Example",
    is_good_faith=True,
    declarations=frozenset({"on_service", "role"}),
    name="Ada Example",
    email="ada@mail.example",
)


@pytest.fixture(autouse=True)
def _segments_of_this_test_alone() -> Iterator[None]:
    yield
    close_segments()


@pytest.fixture
def files(drawn_fingerprint: Callable[[int], Fingerprint]) -> Callable[..., list[FiledFile]]:
    """``files(1, 2)``: two drawn pictures; the same number is the same picture."""

    def make(*seeds: int) -> list[FiledFile]:
        return [
            FiledFile(
                drawn_fingerprint(seed),
                name=f"holiday {seed}.jpg",
                size_bytes=1000 + seed,
                modified_on=date(2026, 1, 2),
            )
            for seed in seeds
        ]

    return make


@pytest.fixture
def filing(platform: Platform, files: Callable[..., list[FiledFile]]) -> Callable[..., Filing]:
    """``filing(urls=[], email="")``: a complete US notice with changes; answers by their names."""

    def make(**changes: Any) -> Filing:
        answers = {k: changes.pop(k) for k in list(changes) if k in Answers.__dataclass_fields__}
        base = Filing(
            way="published",
            acts_as="self",
            is_adult_in_picture=True,
            language="en",
            regimes=["us-tida"],
            urls=[URL],
            files=files(1),
            answers=replace(ANSWERS, **answers),
            platform=platform,
        )
        return replace(base, **changes)

    return make


@pytest.fixture
def threat(filing: Callable[..., Filing]) -> Callable[..., Filing]:
    """A filing about something that is only threatened."""

    def make(**changes: Any) -> Filing:
        return filing(way="threatened", regimes=["platform-terms"], urls=[], **changes)

    return make


@pytest.fixture
def filed(filing: Callable[..., Filing], now: Any) -> Callable[..., Filed]:
    """``filed(**changes)`` files at ``now``."""

    def make(**changes: Any) -> Filed:
        return file_case(filing=filing(**changes), now=now)

    return make


def key_files() -> list[Path]:
    """Keys of cases that lie in the folder now."""
    return sorted((Path(django_settings.STAYDOWN_KEYS) / "cases").glob("??/*"))
