"""The demonstration's open door is shut everywhere else; its platform keeps what it is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown.errors import ConfigError
from staydown_web.accounts.models import Platform, ServiceSettings, User
from staydown_web.base.clock import utc_now
from staydown_web.config.demo import seeding, views
from staydown_web.config.demo.platform import pages
from staydown_web.config.demo.platform.forms import FormError, read_form
from staydown_web.config.demo.platform.orders import post_of
from staydown_web.config.demo.platform.posts import Post, Posts, State, new_token
from staydown_web.config.first_admin import first_admin_link
from staydown_web.config.mixture import refuse_demo_in_earnest, refuse_mixture
from staydown_web.config.serving import Plan, settle_environment

DOOR = "/guide/reviewer/"
DOORS = {
    DOOR: (seeding.REVIEWER, "/staff/queue/"),
    "/guide/reviewer/second/": (seeding.SECOND, "/staff/complaints/"),
    "/guide/caseworker/": (seeding.CASEWORKER, "/staff/helpline/"),
}


@pytest.fixture
def demo_reviewer(demo_urls: Any) -> User:
    seeding.ensure_people(utc_now())
    return User.objects.get(username=seeding.REVIEWER)


def is_reviewer(client: Client) -> bool:
    return client.get("/staff/care/").status_code == 200


def test_in_a_demonstration_the_reviewer_s_window_opens_by_one_press(
    demo_reviewer: User,
) -> None:
    client = Client()
    assert client.post(DOOR).headers["Location"] == "/staff/queue/"
    assert is_reviewer(client)
    assert not demo_reviewer.has_usable_password()


@pytest.mark.parametrize("door", DOORS)
def test_each_door_opens_the_window_of_its_own_person(demo_reviewer: User, door: str) -> None:
    name, page = DOORS[door]
    client = Client()
    assert client.post(door).headers["Location"] == page
    assert client.get(page).status_code == 200
    assert client.session["_auth_user_id"] == str(User.objects.get(username=name).pk)
    assert not User.objects.get(username=name).has_usable_password()
    client.post(DOOR)
    assert client.session["_auth_user_id"] == str(demo_reviewer.pk), "it takes the other's place"


@pytest.mark.parametrize("door", DOORS)
def test_no_door_is_there_without_the_setting_or_from_elsewhere(
    demo_urls: Any, demo_reviewer: User, door: str
) -> None:
    assert Client().post(door, REMOTE_ADDR="192.0.2.7").status_code == 404
    assert Client().get(door).status_code == 405
    demo_urls.STAYDOWN_DEMO = False
    assert Client().post(door).status_code == 404


def test_people_are_made_once_and_a_complaint_finds_another_than_the_first(
    demo_reviewer: User,
) -> None:
    seeding.ensure_people(utc_now())
    assert User.objects.count() == len(seeding.PEOPLE)
    leads = User.objects.filter(role=User.Role.LEAD).exclude(pk=demo_reviewer.pk)
    assert leads.get().pseudonym == "Second demo reviewer"


def test_without_the_setting_the_door_is_not_there(demo_urls: Any, demo_reviewer: User) -> None:
    demo_urls.STAYDOWN_DEMO = False
    client = Client()
    assert client.post(DOOR).status_code == 404
    assert not is_reviewer(client)


def test_from_another_address_the_door_is_not_there(demo_reviewer: User) -> None:
    client = Client()
    assert client.post(DOOR, REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.post(DOOR, REMOTE_ADDR="nonsense").status_code == 404
    assert not is_reviewer(client)


def test_through_a_proxy_the_door_is_not_there(demo_reviewer: User) -> None:
    client = Client()
    assert client.post(DOOR, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert not is_reviewer(client)


def test_a_link_does_not_open_the_door_and_another_site_cannot(demo_reviewer: User) -> None:
    assert Client().get(DOOR).status_code == 405
    assert Client(enforce_csrf_checks=True).post(DOOR).status_code == 403


@pytest.mark.django_db
def test_a_real_service_has_none_of_these_addresses() -> None:
    client = Client()
    for address in ("/guide/", *DOORS, "/guide/pictures/bridge.jpg"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404


def test_the_guide_names_the_sample_case_and_gives_the_pictures_alone(
    demo_urls: Any, tmp_path: Path
) -> None:
    seeding.ensure_platform(utc_now())
    words = {"number": "C-2222-3333", "phrase": "one two three four five six"}
    (tmp_path / "demo" / "sample.json").write_text(json.dumps(words))
    page = Client().get("/guide/").content.decode()
    assert words["number"] in page
    assert words["phrase"] in page
    for door in DOORS:
        assert f'action="{door}"' in page
    for link in re.findall(r'href="(/(?!static/|guide/pictures/)[^"#]*)"', page):
        assert Client().get(link).status_code == 200, link
    got = Client().get("/guide/pictures/bridge.jpg")
    assert b"".join(got.streaming_content)[:2] == b"\xff\xd8"
    assert Client().get("/guide/pictures/SOURCES.md").status_code == 404


def test_nothing_is_seeded_without_the_setting() -> None:
    with override_settings(STAYDOWN_DEMO=False), pytest.raises(ConfigError):
        seeding.seed_demo(say=print)


def test_a_demonstration_listens_on_this_machine_alone() -> None:
    with pytest.raises(ConfigError, match="this machine alone"):
        settle_environment(Plan(host="0.0.0.0", port=8000, workers=1, demo=True))


def test_a_folder_holds_a_demonstration_or_a_service_never_both(
    settings: Any, tmp_path: Path
) -> None:
    settings.STAYDOWN_HOME = tmp_path
    settings.STAYDOWN_DEMO = True
    refuse_mixture()
    refuse_mixture()
    settings.STAYDOWN_DEMO = False
    with pytest.raises(ConfigError, match="holds a demonstration"):
        refuse_mixture()
    settings.STAYDOWN_HOME = tmp_path / "real"
    settings.STAYDOWN_HOME.mkdir()
    (settings.STAYDOWN_HOME / "staydown.sqlite3").touch()
    settings.STAYDOWN_DEMO = True
    with pytest.raises(ConfigError, match="holds a real service"):
        refuse_mixture()


def test_so_does_a_database(settings: Any, platform: Platform) -> None:
    settings.STAYDOWN_DEMO = False
    refuse_demo_in_earnest()
    settings.STAYDOWN_DEMO = True
    with pytest.raises(
        ConfigError, match=rf"real service: .*1 platform \({platform.slug}\).*DATABASE"
    ):
        refuse_demo_in_earnest()
    Platform.objects.update(is_demo=True)
    refuse_demo_in_earnest()
    settings.STAYDOWN_DEMO = False
    with pytest.raises(ConfigError, match=rf"demonstration, .*\({platform.slug}\).*DATABASE"):
        refuse_demo_in_earnest()


@pytest.mark.django_db
def test_a_database_with_an_administrator_and_no_platform_yet_is_a_real_service_s(
    settings: Any,
) -> None:
    settings.STAYDOWN_DEMO = True
    refuse_demo_in_earnest()
    User.objects.create_user(username="first", pseudonym="First", role=User.Role.ADMIN)
    with pytest.raises(ConfigError, match="real service: it has 1 account,"):
        refuse_demo_in_earnest()


def test_a_platform_that_was_added_while_a_demonstration_ran_is_part_of_it(
    demo_urls: Any, platform: Platform
) -> None:
    seeding.ensure_platform(utc_now())
    assert not platform.is_demo
    refuse_demo_in_earnest()
    demo_urls.STAYDOWN_DEMO = False
    with pytest.raises(ConfigError, match=r"holds a demonstration, .*\(commonplace\)"):
        refuse_demo_in_earnest()


def test_what_an_administrator_changed_in_the_demo_outlives_a_restart(
    demo_urls: Any, platform: Platform
) -> None:
    demo = seeding.ensure_platform(utc_now())
    origins = [*demo.media_origins, "http://127.0.0.1:9000"]
    changed = {"media_origins": origins, "regimes": ["eu-dsa"], "legal_email": "law@example.org"}
    Platform.objects.filter(pk=demo.pk).update(**changed)
    ServiceSettings.objects.update(default_platform=platform)
    again = seeding.ensure_platform(utc_now())
    assert {name: getattr(again, name) for name in changed} == changed
    assert ServiceSettings.objects.get().default_platform == platform


def test_on_another_port_the_demo_s_own_address_alone_is_another(demo_urls: Any) -> None:
    first, other = demo_urls.STAYDOWN_DEMO_ORIGIN, "http://127.0.0.1:9000"
    demo = seeding.ensure_platform(utc_now())
    Platform.objects.filter(pk=demo.pk).update(media_origins=[other, first])
    demo_urls.STAYDOWN_DEMO_ORIGIN = moved = "http://127.0.0.1:8011"
    again = seeding.ensure_platform(utc_now())
    assert (again.media_origins, again.public_url) == ([other, moved], moved)
    Platform.objects.filter(pk=demo.pk).update(media_origins=[other], public_url=other)
    demo_urls.STAYDOWN_DEMO_ORIGIN = first
    again = seeding.ensure_platform(utc_now())
    assert (again.media_origins, again.public_url) == ([other], other), "it was taken away"


def test_a_demonstration_of_an_earlier_version_follows_its_port_too(demo_urls: Any) -> None:
    first = seeding.ensure_platform(utc_now()).public_url
    (seeding.demo_folder() / "origin").unlink()
    demo_urls.STAYDOWN_DEMO_ORIGIN = moved = "http://127.0.0.1:8011"
    again = seeding.ensure_platform(utc_now())
    assert moved != first
    assert (again.media_origins, again.public_url) == ([moved], moved)


def test_posts_outlive_the_process_and_what_is_removed_stays_removed(tmp_path: Path) -> None:
    posts = Posts(tmp_path)
    post = Post("abc", "A bridge", "you", ".jpg", State.SHOWN, new_token())
    posts.add(post, b"bytes")
    assert posts.obey(post_id="abc", what="hold")
    assert Posts(tmp_path).newest_first()[0].state is State.HELD
    assert posts.obey(post_id="abc", what="remove")
    assert not posts.obey(post_id="abc", what="restore"), "its bytes are gone"
    assert posts.newest_first()[0].state is State.REMOVED
    assert not posts.media(post).exists()
    assert not posts.obey(post_id="none", what="remove")
    assert not posts.obey(post_id="none", what="hold")
    # Of an upload that was refused nothing is kept, so that it is blocked already.
    assert posts.obey(post_id="", what="block")
    assert posts.obey(post_id="none", what="block")
    assert posts.obey(post_id="", what="restore")
    assert not posts.obey(post_id="none", what="restore")
    assert not posts.obey(post_id="", what="remove")


@pytest.mark.parametrize(
    ("url", "post"),
    [
        ("http://127.0.0.1:8001/p/bridge", "bridge"),
        ("http://127.0.0.1:8001/media/bridge.jpg", "bridge"),
        ("http://127.0.0.1:8001/held/ab12.0123456789abcdef0123456789abcdef.jpg", "ab12"),
        ("http://127.0.0.1:8001/", ""),
        ("", ""),
    ],
)
def test_an_order_for_an_address_finds_its_post(url: str, post: str) -> None:
    assert post_of(url) == post


def form_of(*parts: bytes) -> bytes:
    return b"".join(b"--xx\r\n" + part + b"\r\n" for part in parts) + b"--xx--\r\n"


def test_a_form_with_binary_bytes_is_read_to_the_letter() -> None:
    data = bytes(range(256)) + b"\r\n--x\r\n\r\n"
    head = b'Content-Disposition: form-data; name="media"; filename="a.JPG"\r\n\r\n'
    words = 'Content-Disposition: form-data; name="caption"\r\n\r\nSchöne Brücke'.encode()
    form = read_form("multipart/form-data; boundary=xx", form_of(head + data, words))
    assert (form.file, form.ending, form.fields) == (data, ".jpg", {"caption": "Schöne Brücke"})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b""),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=xx", b"--xx\r\nno name\r\n\r\nx\r\n--xx--\r\n"),
        ("multipart/form-data; boundary=xx", form_of(b'x; name="a"\r\n\r\nx')[:-8]),
    ],
)
def test_a_damaged_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(FormError):
        read_form(kind, body)


def test_whoever_is_stopped_is_promised_nothing() -> None:
    # Whether a statement follows is open: a reviewer may tell nobody.
    page = pages.outcome("block", None)
    assert "Your upload was stopped, and it was not stored.</p>" in page
    assert "will be told" not in page


def test_only_loopback_counts_as_here() -> None:
    from django.test import RequestFactory

    for address, is_here in (("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("", False)):
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        assert views.is_from_here(request) is is_here


def test_the_link_of_the_first_administrator_leads_back_to_the_guide(demo_urls: Any) -> None:
    link = str(first_admin_link())
    client = Client()
    at = link[link.index("/staff/join/") :]
    page = client.get(at).text
    assert 'name="next" value="/guide/"' in page
    fields = {"name": "adam", "password": "correct horse battery", "pseudonym": "Reviewer 31"}
    fields |= {"again": fields["password"], "next": "/guide/"}
    answer = client.post(at, fields)
    assert answer.headers["Location"] == "/staff/second-factor/set-up/?next=%2Fguide%2F"
    assert 'name="next" value="/guide/"' in client.get(answer.headers["Location"]).text
    device = TOTPDevice.objects.get(confirmed=False)
    code = f"{totp(device.bin_key):06d}"
    done = client.post("/staff/second-factor/set-up/", {"code": code, "next": "/guide/"}).text
    assert '<a class="btn main" href="/guide/">I have kept them</a>' in done


def test_outside_a_demonstration_the_link_leads_to_the_setup(db: None) -> None:
    assert str(first_admin_link()).endswith("/")
