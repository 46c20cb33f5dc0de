"""A stand-in for Synapse: the parts of its module interface that a check of messages uses."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_RULES = ("m.room.join_rules", "")


@dataclass
class Event:
    """A message, as a module is given it."""

    content: dict[str, Any]
    type: str = "m.room.message"
    room_id: str = "!open:chat.example"
    event_id: str = "$1"


class ChatServer:
    """Calls the callbacks that a module registers. It is the module's ``ModuleApi`` as well."""

    def __init__(self) -> None:
        self._callbacks: dict[str, Any] = {}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let ``synapse.module_api`` be importable until the block ends."""
        api, errors = types.ModuleType("synapse.module_api"), types.ModuleType("errors")
        vars(api)["NOT_SPAM"] = "NOT_SPAM"
        vars(errors)["Codes"] = types.SimpleNamespace(FORBIDDEN="FORBIDDEN")
        added = {
            "synapse": types.ModuleType("synapse"),
            "synapse.module_api": api,
            "synapse.module_api.errors": errors,
        }
        sys.modules.update(added)
        try:
            yield
        finally:
            for name in added:
                sys.modules.pop(name, None)

    def register_spam_checker_callbacks(self, **callbacks: Any) -> None:
        self._callbacks |= callbacks

    async def get_room_state(self, room_id: str, event_filter: Any) -> dict[Any, Event]:
        assert list(event_filter) == [_RULES]
        rule = "public" if room_id.startswith("!open") else "invite"
        return {_RULES: Event({"join_rule": rule})}

    async def defer_to_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.to_thread(function, *args)

    def receive(
        self, content: dict[str, Any], *, is_public: bool, kind: str = "m.room.message"
    ) -> Any:
        """What the module says of a message."""
        room = "!open:chat.example" if is_public else "!ours:chat.example"
        event = Event(content, type=kind, room_id=room)
        return asyncio.run(self._callbacks["check_event_for_spam"](event))
