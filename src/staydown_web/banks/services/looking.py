"""How the bank of this machine stands, for who only looks: nothing is opened or made for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from staydown_web.banks.services.shared_state import read_progress

_SUFFIX = ".sealed"


@dataclass(frozen=True, slots=True)
class BankStanding:
    """How the bank stands.

    Attributes:
        applied: number of the last change of the database that it holds; None before it was made.
        sealed: number of the last change that a sealed copy on disk holds; None without one.
    """

    applied: int | None
    sealed: int | None

    @property
    def unsealed(self) -> int | None:
        """How many changes the newest sealed copy lacks; None without one, or without a bank."""
        if self.applied is None or self.sealed is None:
            return None
        return max(0, self.applied - self.sealed)


def bank_standing() -> BankStanding:
    """How the bank of this machine stands."""
    progress = read_progress(Path(settings.STAYDOWN_SHARED_MEMORY))
    snapshots = sealed_snapshots()
    return BankStanding(
        applied=progress.applied if progress else None,
        sealed=int(snapshots[0].stem) if snapshots else None,
    )


def sealed_snapshots() -> list[Path]:
    """The sealed copies of the bank on disk, newest first."""
    found = (Path(settings.STAYDOWN_HOME) / "segments").glob(f"*{_SUFFIX}")
    return sorted((path for path in found if path.stem.isdigit()), reverse=True)
