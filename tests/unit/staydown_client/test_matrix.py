"""The module for chat servers, called as Synapse calls it, with its media on loopback."""

from __future__ import annotations

import json

import pytest

from checked_service import OTHER, saved_again, staydown
from hook_callers.synapse import ChatServer
from staydown_client.errors import SettingError
from staydown_client.matrix import PublicRoomCheck, files_of
from web_servers import answering, serving


@pytest.fixture(autouse=True)
def chat():
    made = ChatServer()
    with made.installed():
        yield made


@pytest.fixture
def module(tmp_path, chat):
    """``module(service, homeserver, secret, choice)`` gives the callback that Synapse calls."""

    def made(service, homeserver, secret, choice):
        (tmp_path / "secret").write_text(secret)
        (tmp_path / "token").write_text("t0ken")
        config = {
            "service": service,
            "secret_file": str(tmp_path / "secret"),
            "homeserver": homeserver,
            "token_file": str(tmp_path / "token"),
            "on_unreachable": choice,
        }
        PublicRoomCheck(PublicRoomCheck.parse_config(config), chat)
        return lambda **more: chat.receive(PICTURE, **{"is_public": True} | more)

    return made


PICTURE = {"msgtype": "m.image", "url": "mxc://chat.example/abc"}


@pytest.fixture(scope="module")
def secret(service) -> str:
    said = staydown(
        service.served.home,
        *("manage", "create-hook", "rooms", "--kind", "chat", "--json"),
        *("--on-failure", "closed", "--on-hold", "refuse"),
    )
    return json.loads(said)["secret"]


class TestAgainstTheService:
    def test_a_copy_is_refused_in_a_public_room_and_not_looked_at_in_a_private_one(
        self, service, secret, module
    ):
        with serving(answering(saved_again())) as media:
            check = module(service.address, media.origin, secret, "open")
            assert check() == "FORBIDDEN"
            assert check(is_public=False) == "NOT_SPAM"
            assert media.connections == 1
        path = b"GET /_matrix/client/v1/media/download/chat.example/abc HTTP/1.1\r\n"
        assert media.requests[0].startswith(path)
        assert b"Authorization: Bearer t0ken\r\n" in media.requests[0]

    def test_another_picture_is_shown(self, service, secret, module):
        with serving(answering(OTHER.read_bytes())) as media:
            check = module(service.address, media.origin, secret, "closed")
            assert check() == "NOT_SPAM"


@pytest.mark.parametrize(("choice", "shown"), [("open", True), ("closed", False)])
@pytest.mark.parametrize("broken", ["media", "service", "garbage", "secret"])
def test_what_cannot_be_checked_is_answered_as_chosen(broken, choice, shown, module):
    replies = {
        "garbage": answering(b"what?"),
        "secret": answering(b'{"code": "key_unknown"}', status="401 Unauthorized"),
    }
    with serving(answering(b"x")) as media, serving(replies.get(broken, answering())) as service:
        away = "http://127.0.0.1:9"
        check = module(
            away if broken == "service" else service.origin,
            away if broken == "media" else media.origin,
            "s",
            choice,
        )
        assert (check() == "NOT_SPAM") is shown


def test_only_files_that_can_be_read_are_asked_about():
    assert list(files_of("m.room.message", {"msgtype": "m.text", "body": "x"})) == []
    assert list(files_of("m.reaction", {"url": "mxc://a/b"})) == []
    assert list(files_of("m.room.message", {"file": {"url": "mxc://a/b", "key": {}}})) == []
    assert list(files_of("m.room.message", {"url": "https://a/b"})) == []
    both = {"url": "mxc://a/b", "info": {"thumbnail_url": "mxc://a/c"}}
    assert list(files_of("m.sticker", both)) == ["mxc://a/b", "mxc://a/c"]


@pytest.mark.parametrize(
    "changed", [{"on_unreachable": ""}, {"on_unreachable": "x"}, {"service": ""}]
)
def test_nothing_is_chosen_for_the_operator(changed, tmp_path):
    given = {
        "service": "http://a",
        "homeserver": "http://b",
        "secret_file": str(tmp_path / "none"),
        "token_file": str(tmp_path / "none"),
        "on_unreachable": "open",
    }
    with pytest.raises(SettingError):
        PublicRoomCheck.parse_config(given | changed)
    with pytest.raises(SettingError, match="cannot be read"):
        PublicRoomCheck.parse_config(given)
