"""Content that was stored a moment ago, so that the same again is only counted.

It is held as numbers and texts in tuples, which Python's collector of cycles passes over. Held as
objects that refer to objects, 20,000 of them made it stop every thread for a fifth of a second.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from staydown_web.screening.services.findings import Finding, Place, Recorded, Signature

_Key = tuple[int, str, str, str, str]
_Row = tuple[int, tuple[tuple[int, str, str], ...], int, int]


@dataclass(frozen=True, slots=True)
class Recent:
    """Content that was stored a moment ago.

    Attributes:
        version: of the segments, when it was.
        recorded: what became of it; it has a copy.
    """

    version: int
    recorded: Recorded


class Recents:
    """The content that was stored last. Threads that share it bring their own lock.

    Args:
        most: so much of it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[_Key, _Row] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, finding: Finding) -> Recent | None:
        """What is known of the same content with the same matches."""
        row = self._rows.get(_key(finding.place))
        if row is None:
            return None
        version, signature, check_id, copy_id = row
        if signature != _plain(finding.signature):
            return None
        return Recent(version, Recorded(UUID(int=check_id), UUID(int=copy_id)))

    def keep(self, finding: Finding, version: int, recorded: Recorded) -> None:
        """Remember what became of a finding; the oldest is forgotten.

        Args:
            finding: what was found.
            version: of the segments.
            recorded: what became of it; without a copy nothing is kept.
        """
        if recorded.copy_id is None:
            return
        self._rows[_key(finding.place)] = (
            version,
            _plain(finding.signature),
            recorded.check_id.int,
            recorded.copy_id.int,
        )
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)


def _key(place: Place) -> _Key:
    platform_id, source, group, content_ref, account = place
    return platform_id.int, source, group, content_ref, account


def _plain(signature: Signature) -> tuple[tuple[int, str, str], ...]:
    return tuple(sorted((entry.int, kind, response) for entry, kind, response in signature))
