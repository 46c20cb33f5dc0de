"""A Synapse module: pictures and videos in public rooms are checked before they are shown.

    modules:
      - module: staydown_client.matrix.PublicRoomCheck
        config: {service: …, secret_file: …, homeserver: …, token_file: …, on_unreachable: …}

It looks at messages of rooms that anybody may join, and at no others. It needs the client package
beside Synapse; docs/howto/chat-rooms.md sets it up.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from staydown_client.errors import SettingError

log = logging.getLogger("staydown_client.matrix")

_RULES = "m.room.join_rules"
_MESSAGES = frozenset(("m.room.message", "m.sticker"))
_MOST_BYTES: Final = 64 << 20
_FIELDS: Final = ("service", "secret_file", "homeserver", "token_file", "on_unreachable")
_FILES: Final = ("secret_file", "token_file")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Goes where the configuration says, and not by a proxy of the environment."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the module needs.

    Attributes:
        service: address of the Staydown service.
        secret: of a hook of the kind ``chat``.
        homeserver: address of this Synapse, for reading media.
        token: of an account of this Synapse that reads media.
        on_unreachable: "open" shows messages while there is no answer, "closed" refuses them.
        wait_s: for each of the two calls.
    """

    service: str
    secret: str
    homeserver: str
    token: str
    on_unreachable: str
    wait_s: float = 25.0


class PublicRoomCheck:
    """The module, as Synapse makes it.

    Args:
        config: what ``parse_config`` gave.
        api: Synapse's ``ModuleApi``.
    """

    def __init__(self, config: Settings, api: Any) -> None:
        self._settings = config
        self._api = api
        synapse = import_module("synapse.module_api")
        self._passes: Any = synapse.NOT_SPAM
        self._refused: Any = import_module("synapse.module_api.errors").Codes.FORBIDDEN
        api.register_spam_checker_callbacks(check_event_for_spam=self.check_event_for_spam)

    @staticmethod
    def parse_config(config: Mapping[str, Any]) -> Settings:
        """Read the configuration.

        Raises:
            SettingError: something is missing; ``on_unreachable`` has no default.
        """
        missing = [name for name in _FIELDS if not config.get(name)]
        if missing:
            raise SettingError("the module needs: " + ", ".join(missing))
        choice = str(config["on_unreachable"])
        if choice not in {"open", "closed"}:
            raise SettingError("on_unreachable is open or closed")
        try:
            secret, token = (Path(config[f]).read_text(encoding="utf-8").strip() for f in _FILES)
        except OSError:
            raise SettingError("the file of the secret or of the token cannot be read") from None
        return Settings(
            str(config["service"]).rstrip("/"),
            secret,
            str(config["homeserver"]).rstrip("/"),
            token,
            choice,
        )

    async def check_event_for_spam(self, event: Any) -> Any:
        """Synapse's callback: pass a message, or refuse it."""
        files = list(files_of(event.type, event.content))
        if not files or not await self._is_public(event.room_id):
            return self._passes
        for file in files:
            if not await self._api.defer_to_thread(self._is_stored, file, event.event_id):
                return self._refused
        return self._passes

    async def _is_public(self, room_id: str) -> bool:
        state = await self._api.get_room_state(room_id, [(_RULES, "")])
        rules = state.get((_RULES, ""))
        return rules is not None and rules.content.get("join_rule") == "public"

    def _is_stored(self, file: str, event_id: str) -> bool:
        """Whether a file may be shown."""
        try:
            media = self._read(file)
            return self._ask(media, event_id)
        except (OSError, ValueError, urllib.error.URLError) as error:
            is_open = self._settings.on_unreachable == "open"
            log.warning(
                "a file of a public room was not checked (%s): %s",
                type(error).__name__,
                "shown" if is_open else "refused",
            )
            return is_open

    def _read(self, file: str) -> bytes:
        server, _, media_id = file.removeprefix("mxc://").partition("/")
        path = f"{quote(server, safe=':')}/{quote(media_id, safe='')}"
        request = urllib.request.Request(  # noqa: S310 - an address of the configuration
            f"{self._settings.homeserver}/_matrix/client/v1/media/download/{path}",
            headers={"Authorization": f"Bearer {self._settings.token}"},
        )
        with _DIRECT.open(request, timeout=self._settings.wait_s) as answer:
            media: bytes = answer.read(_MOST_BYTES + 1)
        if len(media) > _MOST_BYTES:
            raise ValueError("too large")
        return media

    def _ask(self, media: bytes, event_id: str) -> bool:
        request = urllib.request.Request(  # noqa: S310 - an address of the configuration
            f"{self._settings.service}/hooks/chat/",
            data=media,
            method="POST",
            headers={
                "Authorization": f"Bearer {self._settings.secret}",
                "Content-Type": "application/octet-stream",
                "Staydown-Room": "public",
                "Staydown-Content-Ref": event_id,
            },
        )
        try:
            with _DIRECT.open(request, timeout=self._settings.wait_s) as answer:
                return bool(json.loads(answer.read())["action"] == "store")
        except urllib.error.HTTPError as refusal:
            with refusal:
                said = json.loads(refusal.read())
            if isinstance(said, dict) and said.get("action") == "refuse":
                return False
            raise


def files_of(kind: str, content: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of files in a message; none of what is encrypted, which nobody here can read.

    Args:
        kind: the type of the event.
        content: of the event.
    """
    if kind not in _MESSAGES:
        return
    info = content.get("info")
    thumbnail = info.get("thumbnail_url") if isinstance(info, Mapping) else None
    for address in (content.get("url"), thumbnail):
        if isinstance(address, str) and address.startswith("mxc://"):
            parts = urlsplit(address)
            if parts.netloc and parts.path.strip("/"):
                yield address
