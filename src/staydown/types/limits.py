"""How much one file may cost: time, memory, bytes, pixels, frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from staydown.errors import ConfigError

MEGABYTE = 1 << 20
GIGABYTE = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may cost before it is given up.

    Attributes:
        wall_s: seconds on the clock for a photo; the parent process enforces it.
        cpu_s: processor seconds for a photo, all threads together.
        video_wall_s, video_cpu_s: the same for a video or an animated picture.
        memory_bytes: address space that a file may add to what the process starts with.
        pixels: width times height that is decoded; of a video, of one frame.
        frames: frames of a video or an animated picture that are decoded.
        photo_bytes: size of a photo's file.
        input_bytes: size of any file.

    Source: defaults from ADR-0008.
    """

    wall_s: float = 20.0
    cpu_s: float = 20.0
    video_wall_s: float = 600.0
    video_cpu_s: float = 1200.0
    memory_bytes: int = 2 * GIGABYTE
    pixels: int = 120_000_000
    frames: int = 200_000
    photo_bytes: int = 256 * MEGABYTE
    input_bytes: int = 16 * GIGABYTE

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ConfigError(f"the limit {field.name} is {value!r}, want a number above 0")

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Limits:
        """Read the dict form.

        Raises:
            ConfigError: an unknown name or a value out of range.
        """
        try:
            return cls(**data)
        except TypeError:
            raise ConfigError("limits has a name that is not a limit") from None
