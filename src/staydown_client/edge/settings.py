"""How an edge replica is set up: by the environment, or by options of the command."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from staydown.errors import ConfigError

_SHARED = Path("/dev/shm")  # noqa: S108 - memory that belongs to nobody's disk; the folder is ours alone


class WithoutCopy(StrEnum):
    """What an upload gets while there is no copy that may answer."""

    CLEAR = "clear"
    """Let it through unchecked."""
    HOLD = "hold"
    """Hold it for a person."""
    REFUSE = "refuse"
    """Give no answer: an error, and the platform decides."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this replica is set up.

    Attributes:
        hub: address of the hub, without a path.
        api_key: the key that the hub gave for the agreement.
        key_path: the private key of this replica; outside ``data``.
        data: folder of sealed files.
        memory: folder in shared memory.
        listen: path of a socket, or an address and port of this machine.
        without_copy: what uploads get while no copy may answer; there is no default.
        survives_reboot: True keeps the hub's half of the key beside the private key, so that the
            machine itself can start again while the hub is away. The disk is then as safe as the
            place of that key, and no safer.
    """

    hub: str
    api_key: str
    key_path: Path
    data: Path
    memory: Path
    listen: str
    without_copy: WithoutCopy
    survives_reboot: bool = False

    def __post_init__(self) -> None:
        if not self.api_key:
            raise ConfigError("STAYDOWN_EDGE_API_KEY_FILE names no key of the hub")
        _check_hub(self.hub)
        check_listen(self.listen)
        if self.key_path.resolve().is_relative_to(self.data.resolve()):
            raise ConfigError(
                "the private key lies among the data that it opens; put STAYDOWN_EDGE_KEY elsewhere"
            )


def from_environment(given: Mapping[str, str] | None = None) -> Settings:
    """The settings that variables give.

    Args:
        given: instead of the environment.

    Raises:
        ConfigError: one is missing or cannot work.
    """
    said = os.environ if given is None else given
    data = Path(_needed(said, "STAYDOWN_EDGE_DATA")).absolute()
    return Settings(
        hub=_needed(said, "STAYDOWN_EDGE_HUB").rstrip("/"),
        api_key=_api_key(said),
        key_path=Path(_needed(said, "STAYDOWN_EDGE_KEY")).absolute(),
        data=data,
        memory=memory_folder(said),
        listen=said.get("STAYDOWN_EDGE_LISTEN") or str(memory_folder(said) / "edge.sock"),
        without_copy=without_copy(said),
        survives_reboot=said.get("STAYDOWN_EDGE_SURVIVES_REBOOT", "") == "1",
    )


def memory_folder(given: Mapping[str, str]) -> Path:
    """Where the decrypted copy lies.

    Raises:
        ConfigError: neither ``STAYDOWN_EDGE_MEMORY`` nor ``STAYDOWN_EDGE_DATA`` is set.
    """
    if named := given.get("STAYDOWN_EDGE_MEMORY"):
        return Path(named).absolute()
    data = Path(_needed(given, "STAYDOWN_EDGE_DATA")).absolute()
    short = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return _SHARED / f"staydown-edge-{os.getuid()}-{short}"


def without_copy(given: Mapping[str, str]) -> WithoutCopy:
    """What uploads get while no copy may answer.

    Raises:
        ConfigError: not said, or none of the three.
    """
    try:
        return WithoutCopy(given.get("STAYDOWN_EDGE_WITHOUT_COPY", ""))
    except ValueError:
        raise ConfigError(
            "say what uploads get while there is no copy that may answer: "
            "STAYDOWN_EDGE_WITHOUT_COPY=clear, hold or refuse"
        ) from None


def check_listen(listen: str) -> tuple[str, int] | Path:
    """Where to listen: a path, or an address of this machine and a port.

    Raises:
        ConfigError: another machine could come in.
    """
    if listen.startswith("/"):
        return Path(listen)
    host, _, port = listen.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) <= 65_535 or not is_loopback(host):
        raise ConfigError(
            "STAYDOWN_EDGE_LISTEN is a path of a socket, or an address of this machine such as "
            "127.0.0.1:8190"
        )
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _check_hub(hub: str) -> None:
    parts = urlsplit(hub)
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    )
    if not parts.hostname or not is_safe or parts.path or parts.query:
        raise ConfigError("STAYDOWN_EDGE_HUB is the hub's address, such as https://hub.example")


def _api_key(given: Mapping[str, str]) -> str:
    path = Path(_needed(given, "STAYDOWN_EDGE_API_KEY_FILE"))
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"the hub's key cannot be read from {path}") from None


def _needed(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "")
    if not value:
        raise ConfigError(f"{name} is not set; docs/howto/edge-replica.md shows all settings")
    return value
