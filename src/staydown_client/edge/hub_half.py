"""The hub's half of the key of the disk: in memory, and beside the private key where chosen."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from staydown_client.edge.keys import KEY_BYTES
from staydown_client.edge.memory import Memory, wipe, write_private
from staydown_client.edge.settings import Settings


class HubHalf:
    """Where the half is kept while the hub is away.

    Args:
        settings: whether it may lie beside the private key.
        memory: the folder in memory.
    """

    def __init__(self, settings: Settings, memory: Memory) -> None:
        self._in_memory = memory.lock_half
        self._beside = settings.key_path.with_name(f"{settings.key_path.name}.hub")
        self._survives_reboot = settings.survives_reboot

    def read(self) -> bytes | None:
        """The half; None where it is kept nowhere."""
        for path in self._places():
            with suppress(FileNotFoundError):
                if len(half := path.read_bytes()) == KEY_BYTES:
                    return half
        return None

    def keep(self, half: bytes) -> None:
        """Keep it, and nowhere where it was not chosen."""
        write_private(self._in_memory, half)
        if self._survives_reboot:
            write_private(self._beside, half)
        else:
            wipe(self._beside)

    def forget(self) -> None:
        """Forget it: what lies on disk opens no more until the hub tells it again."""
        for path in self._places():
            wipe(path)

    def _places(self) -> tuple[Path, Path]:
        return self._in_memory, self._beside
