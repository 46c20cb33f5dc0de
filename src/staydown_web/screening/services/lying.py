"""What lies in a tray, to be looked up by content and by idempotency key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from staydown_web.base.journal import Record
from staydown_web.screening.services.findings import Stored
from staydown_web.screening.services.sheet_texts import Head


class Lying:
    """What lies in a tray, as far as one process has looked: numbers and texts alone.

    Python's collector of cycles passes over tuples of them, of which there may be 56,000.

    Attributes:
        noted: how many were ever noted.
    """

    def __init__(self) -> None:
        self.noted = 0
        self._name = ""
        self._rows: dict[int, tuple[int, int | None, Head]] = {}
        self._places: dict[str, int] = {}
        self._tokens: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def follow(self, name: str, freed: int) -> None:
        """Forget what is cleared away, or all where this is another file."""
        if name != self._name:
            self._name, self._rows, self._places, self._tokens = name, {}, {}, {}
        self.forget(freed)

    def add(self, records: Sequence[Record], heads: Sequence[Head]) -> None:
        """Note what was put there."""
        self.noted += len(records)
        for record, head in zip(records, heads, strict=True):
            _, place, *_, token = head
            self._rows[record.start] = (record.number, self._places.get(place), head)
            self._places[place] = record.start
            if token:
                self._tokens.setdefault(token, record.start)

    def forget(self, freed: int) -> None:
        """Forget what ends at or before a number."""
        gone = []
        for start, (number, _, _) in self._rows.items():
            if number > freed:
                break
            gone.append(start)
        for start in gone:
            _, _, (_, place, *_, token) = self._rows.pop(start)
            for names, name in ((self._places, place), (self._tokens, token)):
                if names.get(name) == start:
                    del names[name]

    def newest(self, place: str) -> Stored | None:
        """What is stored of some content by what was put there last."""
        start = self._places.get(place)
        if start is None:
            return None
        _, _, (_, _, state, copy_id, check_id, _) = self._rows[start]
        return Stored(UUID(copy_id), state, UUID(check_id) if check_id else None)

    def of_place(self, place: str) -> Iterator[int]:
        """Where what was put there of some content begins, the last first."""
        start = self._places.get(place)
        while start is not None and start in self._rows:
            yield start
            start = self._rows[start][1]

    def of_token(self, token: str) -> list[int]:
        """Where what was put there with an idempotency key begins."""
        return [self._tokens[token]] if token in self._tokens else []

    def of_check(self, check_id: str) -> list[int]:
        """Where what was put there of the content of a check begins."""
        return [start for start, (_, _, head) in self._rows.items() if head[4] == check_id]

    def oldest(self, until: int, before: float, most: int) -> tuple[int, bool]:
        """Up to which number all may go now, and whether more may.

        Args:
            until: none behind this number.
            before: none that was put there later, and none after such a one.
            most: so many at most.
        """
        last, count = 0, 0
        for number, _, head in self._rows.values():
            if number > until:
                break
            if head[0] > before:
                return last, False
            if count == most:
                return last, True
            last, count = number, count + 1
        return until, False

    def since(self, after: int) -> list[float]:
        """When each behind a number was put there, in order."""
        return [head[0] for number, _, head in self._rows.values() if number > after]
