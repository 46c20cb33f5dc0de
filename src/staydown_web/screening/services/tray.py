"""The tray: findings that are durable already and in the database a moment later.

SQLite lets one write at a time. A check that finds something would stand behind every notice, page
and job that writes, and a platform with an upload in its hand would wait for them. A server of
checks (``--checks-port``) puts its findings into a file of its own beside the database instead,
which nobody else adds to; ``taking_in`` brings them into the database. What lies in the tray is as
durable as what lies in the database. Source: ADR-0107, ADR-0110.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from staydown_web.audit.models import Cursor
from staydown_web.base.clock import utc_now
from staydown_web.base.journal import Journal, Record
from staydown_web.base.rows import PreparedRead
from staydown_web.screening.models import RememberedCheck
from staydown_web.screening.services.findings import Finding, Pending, Place, Recorded, Stored
from staydown_web.screening.services.lying import Lying
from staydown_web.screening.services.sheet_texts import Head, head_of, read_sheet, write_sheet
from staydown_web.screening.services.sheets import ANSWER, draw_up, known_places

NAME: Final = "findings.journal"
AT_ONCE: Final = 100
"""So many findings are taken in by one transaction."""
CLEARED_AT_ONCE: Final = 500
"""So many are cleared away by one turn, while which no check puts anything in."""
_SIZE: Final = 64 * 1024 * 1024
"""Some 56,000 findings."""


def tray_path() -> Path:
    """Where the tray of this installation is."""
    return Path(settings.STAYDOWN_HOME) / NAME


def is_useful() -> bool:
    """Whether the database is one that lets one write at a time."""
    return connection.vendor == "sqlite"


def reader_of(name: str) -> str:
    """The name of the cursor that says how far a tray of this name is taken in."""
    return f"tray:{name}"


def taken_in_until(name: str) -> int:
    """The number of the last finding of a tray of this name that is in the database.

    Raises:
        DatabaseError: it cannot be read.
    """
    rows = _CURSORS.rows([reader_of(name)])
    return int(rows[0][0]) if rows else 0


_CURSORS = PreparedRead(
    lambda readers: Cursor.objects.filter(reader__in=readers).values_list("seq"), "reader {}".format
)


@dataclass(frozen=True, slots=True)
class Row:
    """A finding that lies in the tray.

    Attributes:
        number: grows with each that is put there, and never comes again.
        sheet: what it adds to the database, as ``sheet_texts`` reads it.
    """

    number: int
    sheet: bytes


class Tray:
    """The file, and this process's line to it. Any thread may use it.

    Args:
        path: of the file; it is made where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._journal = Journal(path, size=_SIZE, floor=taken_in_until)
        self._lying = Lying()

    def put(self, batch: Sequence[Pending]) -> None:
        """Store findings here; each has its result, and is durable, when this returns.

        Raises:
            OSError: the file cannot be written, or has no place; nothing of the group is stored.
            DatabaseError: the database cannot be read.
        """
        # Nobody puts anything else in between, and what is gone from here is in the database: so
        # what is known is known for sure.
        with self._lock, self._turn():
            findings = [one.finding for one in batch]
            names = {place: _place_name(place) for place in (one.place for one in findings)}
            known = self._known(findings, names)
            answers: dict[str, Recorded] = {}
            results, heads, texts = [], [], []
            for one in batch:
                token = _token_name(one.finding)
                before = self._given_before(one.finding, token, answers)
                if before is not None:
                    results.append(before)
                    continue
                place = one.finding.place
                known[place], sheet = draw_up(one, known.get(place))
                stored = known[place]
                results.append(Recorded(stored.check_id or one.check_id, stored.copy_id))
                if sheet.answer is None:
                    token = ""
                else:
                    answers[token] = _answered(dict(zip(ANSWER, sheet.answer, strict=True)))
                heads.append(_head(names[place], stored, token))
                texts.append(write_sheet(heads[-1], sheet))
            if texts:
                self._lying.add(self._journal.append(texts), heads)
        for one, result in zip(batch, results, strict=True):
            one.result = result

    def rest(self, name: str, *, after: int, lain_s: float = 0.0, most: int = AT_ONCE) -> list[Row]:
        """What lies here and is not yet taken in, in the order in which it was put here.

        Args:
            name: of the file that is meant; nothing of another one that took its place.
            after: the number up to which it is.
            lain_s: leave out what has lain here for less than so many seconds, and all after it.
            most: so many at most.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            if self._journal.open() != name:
                return []
            found = self._journal.read(after=after, most=most)
        if lain_s:
            until = utc_now().timestamp() - lain_s
            # Clocks are set: what comes after the first that is too young stays, however old it
            # seems.
            found = [*itertools.takewhile(lambda record: head_of(record.text)[0] <= until, found)]
        return [Row(record.number, record.text) for record in found]

    def alike(self, findings: Sequence[Finding]) -> list[Row]:
        """What lies here of the same content, or with the same idempotency key.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            self._look()
            starts: set[int] = set()
            for one in findings:
                starts.update(self._lying.of_place(_place_name(one.place)))
                starts.update(self._lying.of_token(_token_name(one)))
            return self._rows(starts)

    def of_check(self, check_id: UUID) -> list[Row]:
        """What lies here of the content of a check. It looks through all.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            self._look()
            return self._rows(self._lying.of_check(str(check_id)))

    def sweep(self, name: str, *, until: int, lain_s: float = 0.0) -> bool:
        """Clear away some of what is taken in; a check that comes meanwhile waits for this alone.

        Args:
            name: of the file that is meant; another one that took its place stays as it is.
            until: the number of the last of it.
            lain_s: leave what has lain here for less than so many seconds.

        Returns:
            Whether there is more of it.

        Raises:
            OSError: the file cannot be written; all stays.
        """
        with self._lock:
            if self._journal.open() != name or self._journal.freed >= until:
                return False
            with self._turn():
                before = utc_now().timestamp() - lain_s
                last, is_more = self._lying.oldest(until, before, CLEARED_AT_ONCE)
                self._journal.free(last)
                self._lying.forget(self._journal.freed)
                return is_more

    def put_so_far(self) -> int:
        """How many findings this process has seen put here, by whomever.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            self._look()
            return self._lying.noted

    def fill(self) -> float:
        """How full it is, of 1, as of the last look."""
        return self._journal.fill

    def is_empty(self) -> bool:
        """Whether nothing lies here, taken in or not.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            self._look()
            return not len(self._lying)

    def examine(self, *, after: int) -> tuple[int, float]:
        """How many findings lie here, and for how many seconds the oldest has.

        Args:
            after: the number up to which they are taken in.

        Raises:
            OSError: the file is none, or its beginning does not hold together.
        """
        with self._lock:
            self._look()
            moments = self._lying.since(after)
        oldest = moments[0] if moments else None
        return len(moments), 0.0 if oldest is None else max(0.0, utc_now().timestamp() - oldest)

    @property
    def name(self) -> str:
        """What tells this file from any that lay here before or will: 32 hex digits.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            return self._journal.open()

    def is_kept(self) -> bool:
        """Whether this process looks after it; of several that would, one does.

        Raises:
            OSError: the file cannot be read.
        """
        with self._lock:
            return self._journal.is_kept()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._journal.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._journal.turn() as news:
            self._note(news)
            yield

    def _look(self) -> None:
        """See what others have put here, without waiting for anybody."""
        self._note(self._journal.news())

    def _note(self, news: Sequence[Record]) -> None:
        self._lying.follow(self._journal.name, self._journal.freed)
        self._lying.add(news, [head_of(record.text) for record in news])

    def _rows(self, starts: Iterable[int]) -> list[Row]:
        found = [self._journal.at(start) for start in sorted(starts)]
        return [Row(record.number, record.text) for record in found if record is not None]

    def _known(
        self, findings: Sequence[Finding], names: Mapping[Place, str]
    ) -> dict[Place, Stored]:
        """What is stored of the same content, here or in the database; what is newer counts."""
        # First here, then there: what is taken in between the two looks is seen there.
        waiting = {place: self._lying.newest(name) for place, name in names.items()}
        known = known_places(findings)
        for place, stored in waiting.items():
            # A copy in both is as the database has it: somebody may have decided about it.
            if stored and (place not in known or known[place].copy_id != stored.copy_id):
                known[place] = stored
        return known

    def _given_before(
        self, finding: Finding, token: str, answers: Mapping[str, Recorded]
    ) -> Recorded | None:
        """The answer that was given to the same idempotency key."""
        if not token or token in answers:
            return answers.get(token)
        for row in self._rows(self._lying.of_token(token)):
            return _answered(dict(zip(ANSWER, read_sheet(row.sheet).answer or (), strict=True)))
        stored = RememberedCheck.objects.filter(
            api_key_id=finding.key_id, token_digest=finding.token
        )
        found = stored.values("request_digest", "answer").first()
        return None if found is None else _answered(found)


def _answered(kept: Mapping[str, Any]) -> Recorded:
    answer = kept["answer"]
    return Recorded(UUID(answer["check_id"]), None, {**answer, "request": kept["request_digest"]})


def _head(name: str, stored: Stored, token: str) -> Head:
    check_id = "" if stored.check_id is None else str(stored.check_id)
    moment = utc_now().timestamp()
    return (moment, name, stored.state, str(stored.copy_id), check_id, token)


def _place_name(place: Place) -> str:
    return hashlib.sha256(orjson.dumps(place)).hexdigest()


def _token_name(finding: Finding) -> str:
    return f"{finding.key_id}:{finding.token}" if finding.token else ""
