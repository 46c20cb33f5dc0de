"""Scheme and ``www.`` do not decide whose an address is; nothing is fetched that is not listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from staydown_web.accounts.models import Platform
from staydown_web.base.errors import FetchError, FieldsError
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases import tasks
from staydown_web.cases.forms import address_key, clean_url, origin_of, same_website
from staydown_web.cases.models import Clock, Location
from staydown_web.cases.services import Filed, add_to_case
from staydown_web.cases.services.binding import platforms_at
from staydown_web.cases.services.looking import look_at_media
from staydown_web.cases.services.places import brought_to, known_places, owners, url_of

SOON = timedelta(seconds=3)
SERVED = "https://forum.example"


@pytest.mark.parametrize(
    ("origin", "same"),
    [
        (
            "https://forum.example",
            {"https://www.forum.example", "http://forum.example", "http://www.forum.example"},
        ),
        (
            "http://www.forum.example",
            {"http://forum.example", "https://www.forum.example", "https://forum.example"},
        ),
        ("https://forum.example:8443", {"https://www.forum.example:8443"}),
        ("http://127.0.0.1", {"https://127.0.0.1"}),
        ("http://127.0.0.1:8161", set()),
        ("http://[::1]", {"https://[::1]"}),
        ("http://localhost", {"https://localhost"}),
        ("https://www.example", {"http://www.example"}),
    ],
)
def test_which_origins_are_the_same_website(origin: str, same: set[str]) -> None:
    found = same_website(origin)
    assert found[0] == origin
    assert set(found[1:]) == same


TYPED = (
    "https://forum.example/p/1",
    "http://forum.example/p/1",
    "http://www.forum.example/p/1",
    "www.forum.example/p/1",
    "FORUM.example/p/1",
    "forum.example:443/p/1",
)
NOT_THEIRS = (
    "http://forum.example:8080/p/1",
    "https://m.forum.example/p/1",
    "https://www.www.forum.example/p/1",
    "https://forum.example.evil.example/p/1",
    "https://wwwforum.example/p/1",
    "http://169.254.169.254/p/1",
)


@pytest.fixture
def served(platform: Platform) -> Platform:
    """A platform that lists one origin."""
    platform.media_origins, platform.public_url = [SERVED], SERVED
    platform.save()
    return platform


@pytest.mark.django_db
@pytest.mark.parametrize("typed", TYPED)
def test_scheme_and_www_do_not_decide_whether_a_clock_starts(
    served: Platform, filed: Callable[..., Filed], typed: str
) -> None:
    case = filed(urls=[typed]).case

    place = case.locations.get()
    assert (place.platform, place.state) == (served, Location.State.NEW)
    assert Clock.objects.filter(notice__case=case).exists()
    assert url_of(place) == clean_url(typed), "her address stays as she typed it"
    assert platforms_at([typed]) == [served]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", NOT_THEIRS)
def test_another_port_or_name_is_another_website(
    served: Platform, filed: Callable[..., Filed], typed: str
) -> None:
    place = filed(urls=[typed]).case.locations.get()
    assert (place.platform, place.state) == (None, Location.State.ELSEWHERE)


@pytest.mark.django_db
def test_of_two_platforms_that_which_lists_the_very_origin_has_it(
    served: Platform, other_platform: Platform
) -> None:
    other_platform.media_origins = ["https://www.forum.example"]
    other_platform.save()
    found = owners()
    assert found["https://forum.example"] == served
    assert found["http://forum.example"] == served
    assert found["https://www.forum.example"] == other_platform
    assert found["http://www.forum.example"] == other_platform, "the nearer of two"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that would be fetched."""
    found: list[str] = []

    def fetch(*, url: str, **_values: object) -> None:
        found.append(url)
        raise FetchError("no answer")

    monkeypatch.setattr(tasks, "fetch", fetch)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("typed", TYPED)
def test_what_is_fetched_is_at_an_origin_that_the_platform_lists(
    served: Platform, filed: Callable[..., Filed], asked: list[str], now: datetime, typed: str
) -> None:
    filed(urls=[typed + "?a=1"])
    assert tasks.look_at_locations(now + SOON) == 1
    assert asked == [f"{SERVED}/p/1?a=1"]


@pytest.mark.django_db
def test_an_address_that_the_platform_lists_no_more_is_not_fetched(
    served: Platform, filed: Callable[..., Filed], asked: list[str], now: datetime
) -> None:
    filed(urls=["http://www.forum.example/p/1"])
    served.media_origins, served.public_url = ["https://other.example"], ""
    served.save()

    assert tasks.look_at_locations(now + SOON) == 1

    place = Location.objects.get()
    assert asked == []
    assert (place.state, place.reason) == (Location.State.NOT_FOUND, Location.Reason.REFUSED)


@pytest.mark.django_db
def test_where_a_reviewer_saw_the_picture_is_brought_there_too(
    served: Platform, filed: Callable[..., Filed], asked: list[str], now: datetime
) -> None:
    filed(urls=[TYPED[0]])
    Location.objects.update(state=Location.State.NOT_FOUND, next_try_at=None)
    place = Location.objects.select_related("platform", "case").get()
    with pytest.raises(FieldsError):
        look_at_media(location=place, url="http://169.254.169.254/1.jpg", actor="system", now=now)

    look_at_media(location=place, url="http://www.forum.example/1.jpg", actor="system", now=now)

    assert tasks.look_at_locations(now + SOON) == 1
    assert asked == [f"{SERVED}/1.jpg"]


def test_an_address_is_brought_to_what_is_listed_or_nowhere() -> None:
    listed = ["https://www.forum.example", "https://media.example:8443"]
    assert brought_to("http://forum.example/a?b=c", listed) == "https://www.forum.example/a?b=c"
    assert brought_to("https://www.media.example:8443/a", listed) == "https://media.example:8443/a"
    for url in ("http://media.example/a", "https://forum.example:8443/a", "http://10.0.0.1/a"):
        assert brought_to(url, listed) is None
    for url in ("https://forum.example/a", "http://www.forum.example/a"):
        assert origin_of(brought_to(url, listed) or "") in listed


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("http://forum.example/p/1", "https://forum.example/p/1", True),
        ("forum.example", "http://FORUM.example:80/", True),
        ("https://forum.example:443/p", "http://forum.example/p#top", True),
        ("http://[::1]/p", "https://[::1]/p", True),
        ("https://forum.example/p", "https://forum.example/p/", False),
        ("https://forum.example/p?id=1", "http://forum.example/p?id=2", False),
        ("https://forum.example/p", "https://www.forum.example/p", False),
        ("http://forum.example:8161/p", "https://forum.example:8161/p", False),
        ("http://forum.example:8161/p", "http://forum.example/p", False),
    ],
)
def test_the_scheme_makes_no_other_page_of_an_address(one: str, other: str, is_same: bool) -> None:
    assert (address_key(clean_url(one)) == address_key(clean_url(other))) == is_same


def test_a_page_that_is_given_under_both_schemes_is_one_place_as_it_was_typed_first(
    filed: Callable[..., Filed],
) -> None:
    case = filed(urls=("http://forum.example/p/1", "https://forum.example/p/1")).case
    assert [url_of(place) for place in case.locations.all()] == ["http://forum.example/p/1"]


def test_an_address_that_the_case_has_under_the_other_scheme_is_no_new_one(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(urls=("http://forum.example/p/1",)).case
    Location.objects.update(state=Location.State.NOT_FOUND, platform=Platform.objects.get())

    add_to_case(case=case, urls=("https://forum.example/p/1",), now=now)

    place = case.locations.get()
    assert (url_of(place), place.state) == ("http://forum.example/p/1", Location.State.NEW)


def test_a_case_that_holds_one_page_twice_from_before_goes_on_as_it_is(
    filed: Callable[..., Filed], now: datetime
) -> None:
    pages = [f"http://forum.example/p/{number}" for number in (1, 2)]
    case = filed(urls=pages).case
    first, second = case.locations.all()
    context = f"location:{second.pk}"
    second.url_box = seal_for_case(case.pk, "https://forum.example/p/1", context=context)
    second.save()

    known, has_others = known_places(case=case, urls=["https://forum.example/p/1", pages[1]])

    assert {place.pk for place in known} == {first.pk, second.pk}
    assert has_others
    add_to_case(case=case, urls=pages, now=now)
    assert case.locations.count() == 3
