"""Reported addresses looked at: over real HTTP on this machine, decoded in a child process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import staydown
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import catch_up
from staydown_web.base.retrying import LOCATION
from staydown_web.cases.forms import FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.services import Filed, ask_withdrawal, file_case
from staydown_web.cases.services.looking import LEASE, take_location
from staydown_web.cases.services.pages import media_of_page
from staydown_web.cases.tasks import look_at_locations
from staydown_web.review import tasks
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.screen import screen_of
from staydown_web.review.services import decide, undo_decision
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
MEDIA = Path(staydown.__file__).parent / "demo_media"
SOON = timedelta(seconds=3)


class Site:
    """A platform's server: path -> status, type and body; asked paths are counted."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, kind, body = site.pages.get(self.path, (404, "text/html", b""))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body.decode())
                    body = b""
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def show(self, path: str, name: str, kind: str = "image/jpeg") -> str:
        self.pages[path] = (200, kind, (MEDIA / name).read_bytes())
        return self.origin + path


@pytest.fixture
def site(platform: Platform) -> Iterator[Site]:
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Platform.objects.filter(pk=platform.pk).update(
        media_origins=[made.origin], public_url="http://forum.example"
    )
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


PICTURE = "bridge.jpg"


def test_an_address_that_nobody_can_read_holds_up_no_other_and_ends_with_a_person(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    filed(way="link", files=[], urls=[site.origin + "/a", site.origin + "/b"])
    broken, other = Location.objects.order_by("position")
    Location.objects.filter(pk=broken.pk).update(url_box=b"broken")
    moment = now + SOON
    assert [look_at_locations(moment) for _ in range(3)] == [1, 1, 0]
    other.refresh_from_db()
    assert other.state == Location.State.NOT_FOUND
    while (again := Location.objects.get(pk=broken.pk).next_try_at) is not None:
        assert look_at_locations(again) == 1
    broken.refresh_from_db()
    assert (broken.state, broken.tries) == (Location.State.UNREACHABLE, LOCATION.most_tries)


def test_an_address_alone_is_fingerprinted_where_it_lies(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(way="link", files=[], urls=[site.show("/m/1.jpg", PICTURE)]).case
    assert look_at_locations(now) == 0, "her entries are enforced first"
    assert look_at_locations(now + SOON) == 1
    assert look_at_locations(now + SOON) == 0
    location = Location.objects.get()
    assert (location.state, location.copy) == (Location.State.FOUND, Copy.objects.get())
    entry = Entry.objects.get()
    assert (entry.origin, entry.state) == (Entry.Origin.COPY, Entry.State.SEED)
    item = Item.objects.get()
    assert (location.item, item.content_kind) == (item, "photo")
    assert Claim.objects.get(entry=entry).item == item
    copy = Copy.objects.get()
    assert (copy.source, copy.state) == (Copy.Source.NOTICE, Copy.State.SEEN)
    assert Event.objects.filter(what="location_found", case_id=case.pk).count() == 1
    hit = copy.hits.get()
    assert (hit.entry, hit.kind, hit.response, hit.is_own) == (entry, "identical", "hold", True)


def test_what_is_decided_about_a_link_holds_for_the_entry_that_was_made_of_it(
    site: Site,
    filed: Callable[..., Filed],
    now: datetime,
    reviewer: User,
    demo_fingerprint: Callable[[str], staydown.Fingerprint],
) -> None:
    filed(way="link", files=[], urls=[site.show("/m/1.jpg", PICTURE)])
    look_at_locations(now + SOON)
    tasks.take_in(now + SOON)
    task = Task.objects.get()
    shown = screen_of(task, reviewer, now + SOON)
    assert (shown.whys, shown.kind) == ([], ""), "that it is like itself says nothing"

    decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=now + SOON
    )

    assert Entry.objects.get().state == Entry.State.CONFIRMED
    undo_decision(decision=Decision.objects.get(), user=reviewer, now=now + 2 * SOON)
    assert Entry.objects.get().state == Entry.State.SEED


def test_a_second_address_of_the_same_file_matches_the_entry_of_the_first(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    urls = [site.show("/m/1.jpg", PICTURE), site.show("/m/2.jpg", PICTURE)]
    filed(way="link", files=[], urls=urls)
    for at in (SOON, 2 * SOON):
        look_at_locations(now + at)
    entry = Entry.objects.get()
    assert sorted(hit.is_own for hit in entry.hits.all()) == [False, True]


def test_that_two_notices_name_one_address_is_no_match(
    site: Site, filed: Callable[..., Filed], now: datetime, reviewer: User
) -> None:
    url = site.show("/m/1.jpg", PICTURE)
    for _notice in range(2):
        filed(way="link", files=[], urls=[url])
    for at in (SOON, 2 * SOON):
        look_at_locations(now + at)
    tasks.take_in(now + 2 * SOON)

    task = Task.objects.get()
    shown = screen_of(task, reviewer, now + 2 * SOON)
    assert task.copies.count() == 2
    assert (shown.whys, shown.kind, shown.row.why) == ([], "", "A reported link")
    assert "Software" not in shown.draft, "nothing was compared"


def test_a_copy_that_is_her_picture_is_tied_to_her_item(
    site: Site,
    filed: Callable[..., Filed],
    now: datetime,
    demo_fingerprint: Callable[[str], staydown.Fingerprint],
) -> None:
    case = filed(
        files=[FiledFile(demo_fingerprint(PICTURE)), FiledFile(demo_fingerprint("bee.jpg"))],
        urls=[site.show("/m/2.jpg", "bee.jpg")],
    ).case
    catch_up()
    look_at_locations(now + SOON)
    location = Location.objects.get()
    assert location.item is not None
    assert location.item.position == 2
    assert case.items.count() == 2
    assert Copy.objects.get().hits.filter(kind="identical").exists()


def test_a_copy_that_is_none_of_her_pictures_becomes_an_item_of_its_own(
    site: Site,
    filed: Callable[..., Filed],
    now: datetime,
    demo_fingerprint: Callable[[str], staydown.Fingerprint],
) -> None:
    case = filed(
        files=[FiledFile(demo_fingerprint(PICTURE))], urls=[site.show("/m/3.jpg", "bee.jpg")]
    ).case
    catch_up()
    look_at_locations(now + SOON)
    assert Location.objects.get().item == case.items.get(position=2)
    assert Claim.objects.filter(item__case=case, ended_at=None).count() == 2


def test_a_video_is_taken_too(site: Site, filed: Callable[..., Filed], now: datetime) -> None:
    filed(way="link", files=[], urls=[site.show("/v.mp4", "pan.mp4", "video/mp4")])
    look_at_locations(now + SOON)
    assert Item.objects.get().content_kind == "video"
    assert Entry.objects.get().content_kind == "video"


def test_the_page_of_a_post_leads_to_the_picture_that_it_shows(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    site.show("/m/1.jpg", PICTURE)
    site.pages["/p/1"] = (200, "text/html", b'<meta property="og:image" content="/m/1.jpg">')
    filed(way="link", files=[], urls=[site.origin + "/p/1"])
    look_at_locations(now + SOON)
    assert Location.objects.get().state == Location.State.FOUND
    assert site.asked == ["/p/1", "/m/1.jpg"]


NOT_FOUND: dict[str, tuple[int, str, bytes]] = {
    "page": (200, "text/html", b"<p>Log in to see this."),
    "gone": (404, "text/html", b""),
    "unreadable": (200, "image/jpeg", b"this is no picture"),
}


@pytest.mark.parametrize("reason", NOT_FOUND)
def test_what_is_no_picture_says_why(
    reason: str, site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    site.pages["/x"] = NOT_FOUND[reason]
    case = filed(way="link", files=[], urls=[site.origin + "/x"]).case
    look_at_locations(now + SOON)
    location = Location.objects.get()
    assert (location.state, location.reason) == (Location.State.NOT_FOUND, reason)
    assert location.next_try_at is None
    assert not Copy.objects.exists()
    event = Event.objects.get(what="location_not_found")
    assert (event.case_id, event.facts) == (case.pk, {"reason": reason})


def test_a_redirect_into_this_machine_is_not_followed(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    other = Site()
    other.show("/m.jpg", PICTURE)
    thread = threading.Thread(target=other.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        site.pages["/x"] = (302, "text/html", f"{other.origin}/m.jpg".encode())
        filed(way="link", files=[], urls=[site.origin + "/x"])
        look_at_locations(now + SOON)
    finally:
        other.server.shutdown()
        other.server.server_close()
        thread.join()
    assert other.asked == []
    assert Location.objects.get().reason == Location.Reason.REFUSED


def test_a_server_that_is_silent_is_tried_again_and_in_the_end_named(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    site.pages["/x"] = (503, "text/html", b"")
    filed(way="link", files=[], urls=[site.origin + "/x"])
    moment = now + SOON
    for tries in range(1, LOCATION.most_tries + 1):
        assert look_at_locations(moment) == 1
        location = Location.objects.get()
        assert location.tries == tries
        if location.next_try_at is None:
            break
        assert location.state == Location.State.NEW
        assert look_at_locations(moment) == 0
        moment = location.next_try_at
    assert location.tries == LOCATION.most_tries
    assert (location.state, location.reason) == (Location.State.UNREACHABLE, "silent")
    assert moment - now < timedelta(hours=6)


def test_a_server_that_comes_back_is_found(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    site.pages["/x"] = (503, "text/html", b"")
    filed(way="link", files=[], urls=[site.origin + "/x"])
    look_at_locations(now + SOON)
    site.show("/x", PICTURE)
    look_at_locations(now + timedelta(minutes=1))
    assert Location.objects.get().state == Location.State.FOUND


def test_nothing_is_fetched_for_a_notice_that_is_not_valid(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    filed(way="link", files=[], urls=[site.show("/x", PICTURE)], signature="")
    assert look_at_locations(now + SOON) == 0
    assert site.asked == []


def test_nothing_is_fetched_for_a_case_that_was_taken_back(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(way="link", files=[], urls=[site.show("/x", PICTURE)]).case
    ask_withdrawal(case=case, now=now)
    assert look_at_locations(now + SOON) == 0
    assert site.asked == []


def test_an_address_in_one_worker_s_hand_is_not_taken_by_another(
    site: Site, filed: Callable[..., Filed], now: datetime
) -> None:
    filed(urls=[site.origin + "/x"])
    assert take_location(now=now + SOON) is not None
    assert take_location(now=now + SOON) is None
    assert take_location(now=now + SOON + LEASE) is not None


def test_a_threat_has_nothing_to_look_at(threat: Callable[..., Filing], now: datetime) -> None:
    case = file_case(filing=threat(), now=now).case
    assert look_at_locations(now + SOON) == 0
    assert Case.objects.get(pk=case.pk).state == Case.State.VALID


ORIGINS = ["https://media.example"]
PAGES: dict[str, tuple[str, list[str]]] = {
    "the named picture": (
        '<meta property="og:image" content="https://media.example/1.jpg"><img src="/2.jpg">',
        ["https://media.example/1.jpg"],
    ),
    "a video before its still": (
        (
            '<meta property="og:image" content="https://media.example/1.jpg">'
            '<meta property="og:video" content="https://media.example/1.mp4">'
        ),
        ["https://media.example/1.mp4", "https://media.example/1.jpg"],
    ),
    "a video without a name": (
        '<video controls><source src="https://media.example/1.mp4"></video>',
        ["https://media.example/1.mp4"],
    ),
    "the only picture": (
        '<img src="https://elsewhere.example/logo.png"><img src="https://media.example/1.jpg">',
        ["https://media.example/1.jpg"],
    ),
    "several pictures without a name": (
        '<img src="https://media.example/1.jpg"><img src="https://media.example/2.jpg">',
        [],
    ),
    "a picture elsewhere": ('<meta property="og:image" content="https://evil.example/1.jpg">', []),
    "no address": ('<meta property="og:image" content="javascript:alert(1)">', []),
    "broken markup": ('<meta property="og:image" content="https://media.example/1.jpg"<<<', []),
    "itself": ('<meta property="og:image" content="">', []),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_its_picture_or_nothing(name: str) -> None:
    html, wanted = PAGES[name]
    assert media_of_page(html, page_url="https://forum.example/p/1", origins=ORIGINS) == wanted
