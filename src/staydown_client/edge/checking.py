"""``Edge``: checks in process, from the copy in shared memory, whether the hub is there or not."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from staydown import Fingerprint, Match, Matcher, SignalType
from staydown.errors import SnapshotError
from staydown.index import BankFile
from staydown.types.judging import Verdict, Weighed, account_digest, verdict_of, weigh
from staydown_client.edge.errors import WithoutCopyError
from staydown_client.edge.facts import EdgeFacts, Facts
from staydown_client.edge.memory import Memory, Page, Standing
from staydown_client.edge.reports import Spool
from staydown_client.edge.settings import WithoutCopy, memory_folder, without_copy

QUANTUM_S = 0.05
"""Clear answers without details come at whole steps of this, as the hub's do."""
_RICH = (SignalType.WINDOWS, SignalType.TIMELINE)
_MOST_FACTS = 100_000

log = logging.getLogger("staydown.edge")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a check.

    Attributes:
        verdict: what the platform should do.
        check_id: names this check.
        matches: best first, as JSON values; None where the agreement shows none.
        age_s: how long ago the copy was last known to be up to date.
        seq: number of the hub's last change that it holds.
        without_copy: why no copy answered, in a word; empty where one did.
    """

    verdict: Verdict
    check_id: UUID
    matches: tuple[dict[str, Any], ...] | None
    age_s: float
    seq: int
    without_copy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As the hub's ``/api/v1/check`` says it, and how old the copy is."""
        edge: dict[str, Any] = {"age_s": round(self.age_s, 3), "seq": self.seq}
        if self.without_copy:
            edge["without_copy"] = self.without_copy
        said: dict[str, Any] = {"verdict": str(self.verdict), "check_id": str(self.check_id)}
        if self.matches is not None:
            said["matches"] = list(self.matches)
        return {**said, "edge": edge}


class Edge:
    """Checks uploads against the copy that a keeper on this machine brings up.

    Any number of processes of the keeper's user may do so; threads share one.

    Args:
        memory: folder of the copy; None takes it from the environment, as the keeper does.
        without_copy: what uploads get while no copy may answer: clear, hold or refuse; None takes
            ``STAYDOWN_EDGE_WITHOUT_COPY``. There is no default.
        clock: gives Unix time.

    Raises:
        ConfigError: a setting is missing, or the folder is not ours.
    """

    def __init__(
        self,
        memory: Path | None = None,
        *,
        without_copy: WithoutCopy | str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        folder = memory if memory is not None else memory_folder(os.environ)
        self._without_copy = _choice(without_copy)
        self._memory = Memory(folder)
        self._spool = Spool(self._memory.reports)
        self._clock = clock
        self._opening = threading.Lock()
        self._bank: BankFile | None = None
        self._matcher: Matcher | None = None
        self._facts: Facts | None = None
        self._seen = -1
        self._known: dict[UUID, EdgeFacts] = {}
        self._account_key = b""
        self._sees_details = False
        self.dropped = 0
        """Reports that this process could not leave, because no keeper fetches them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the copy."""
        self._let_go()
        self._memory.close()

    def check(
        self,
        fingerprint: Fingerprint,
        *,
        content_ref: str = "",
        url: str = "",
        account: str = "",
        idempotency_key: str = "",
    ) -> Answer:
        """Say what the platform should do with an upload. No network, no disk.

        Args:
            fingerprint: of the upload; see ``staydown.fingerprint``.
            content_ref: the platform's own id for it.
            url: its address on the platform, if it has one.
            account: the platform's own id of who uploads.
            idempotency_key: the hub stores reports of the same key once.

        Raises:
            WithoutCopyError: no copy may answer, and ``refuse`` was chosen.
        """
        started, now = time.monotonic(), self._clock()
        check_id = uuid5(NAMESPACE_URL, f"edge:{idempotency_key}") if idempotency_key else uuid4()
        with self._memory.using():
            page = self._memory.page()
            if not page.may_answer(now) or not self._is_current(page):
                return self._unchecked(page, check_id, now)
            try:
                weighed = self._weigh(fingerprint, account, now)
            except SnapshotError as error:
                log.warning("the copy in memory cannot be read (%s)", error.code)
                self._let_go()
                return self._unchecked(page, check_id, now)
        verdict = verdict_of([w.response for w in weighed if w.speaks])
        if weighed:
            self._report(
                {
                    "check_id": str(check_id),
                    "verdict": str(verdict),
                    "fingerprint": fingerprint.to_dict(),
                    "content_ref": content_ref,
                    "url": url,
                    "account": account,
                    "at": now,
                }
            )
        elif not self._sees_details and any(s.type in _RICH for s in fingerprint.signals):
            spent = time.monotonic() - started
            time.sleep(QUANTUM_S - spent % QUANTUM_S)
        matches = tuple(_shown(w) for w in weighed) if self._sees_details else None
        return Answer(verdict, check_id, matches, _age(page, now), page.seq)

    def status(self) -> dict[str, Any]:
        """How the copy stands: whether it answers, how old it is, and until when it may."""
        page, now = self._memory.page(), self._clock()
        return {
            "state": state_of(page, now),
            "is_ready": page.may_answer(now),
            "without_copy": str(self._without_copy),
            "entries": page.entries,
            "seq": page.seq,
            "heard_at": _moment(page.heard_at),
            "age_s": round(_age(page, now), 3) if page.heard_at else None,
            "answers_until": _moment(page.lease_until),
            "agreement_until": _moment(page.expires_at),
            "reports_waiting": page.waiting,
            "reports_lost": page.lost + self.dropped,
        }

    def corrections(self, after: int = 0, *, limit: int = 100) -> list[dict[str, Any]]:
        """Uploads of which the hub said something else later, oldest first.

        Args:
            after: ``n`` of the last one that was seen.
            limit: how many at most.
        """
        with self._opening:
            facts = self._facts_now()
        return [] if facts is None else facts.corrections(after, limit)

    def _weigh(
        self, fingerprint: Fingerprint, account: str, now: float
    ) -> list[Weighed[EdgeFacts]]:
        matcher, facts = self._matcher, self._facts
        if matcher is None or facts is None:
            raise SnapshotError("the copy in memory was let go of")
        found = matcher.match(fingerprint)
        if not found:
            return []
        known, kept = self._known, [(m, UUID(m.entry_id)) for m in found]
        missing = [i for _, i in kept if i not in known]
        if missing:
            if len(known) > _MOST_FACTS:
                known.clear()
            news = facts.find([i for _, i in kept])
            known.update(news)
        pairs: list[tuple[Match, EdgeFacts]] = [(m, known[i]) for m, i in kept if i in known]
        return weigh(
            pairs,
            account=account_digest(self._account_key, account) if self._account_key else "",
            sees_details=self._sees_details,
            now=datetime.fromtimestamp(now, UTC),
        )

    def _is_current(self, page: Page) -> bool:
        """Bring this process to what the keeper says; False where there is nothing to open."""
        if page.version == self._seen and self._matcher is not None:
            return True
        with self._opening:
            try:
                facts = self._facts_now()
                if facts is None:
                    return False
                if self._bank is None:
                    self._bank = BankFile.open(self._memory.bank, read_only=True, threads=1)
                    self._matcher = Matcher(self._bank)
                else:
                    self._bank.refresh()
            except SnapshotError as error:
                log.warning("the copy in memory cannot be opened (%s)", error.code)
                self._drop_bank()
                return False
            self._account_key = bytes.fromhex(facts.note("account_key"))
            self._sees_details = facts.note("sees_details") == "1"
            self._known, self._seen = {}, page.version
        return True

    def _facts_now(self) -> Facts | None:
        if self._facts is None and self._memory.facts.exists():
            self._facts = Facts(self._memory.facts)
        return self._facts

    def _unchecked(self, page: Page, check_id: UUID, now: float) -> Answer:
        """What the platform chose for the time without a copy."""
        why = state_of(page, now)
        if page.standing is not Standing.READY:
            self._let_go()
        match self._without_copy:
            case WithoutCopy.REFUSE:
                raise WithoutCopyError(why)
            case WithoutCopy.HOLD:
                verdict = Verdict.HOLD
            case WithoutCopy.CLEAR:
                verdict = Verdict.CLEAR
        return Answer(verdict, check_id, None, _age(page, now), page.seq, why)

    def _report(self, report: dict[str, Any]) -> None:
        self.dropped += not self._spool.put(report)

    def _let_go(self) -> None:
        with self._opening:
            self._drop_bank()
            if self._facts is not None:
                self._facts.close()
            self._facts, self._known, self._account_key = None, {}, b""

    def _drop_bank(self) -> None:
        if self._bank is not None:
            self._bank.close()
        self._bank, self._matcher, self._seen = None, None, -1


def state_of(page: Page, now: float) -> str:
    """How the copy stands, in a word: ready, fetching, empty, locked, ended."""
    if page.standing is Standing.READY and not page.may_answer(now):
        return "locked"
    return page.standing.name.lower()


def _age(page: Page, now: float) -> float:
    return max(0.0, max(now, page.beat_at) - page.heard_at) if page.heard_at else 0.0


def _shown(weighed: Weighed[EdgeFacts]) -> dict[str, Any]:
    shown = weighed.match.to_dict()
    return {**shown, "bank": weighed.facts.bank, "response": str(weighed.response)}


def _moment(at: float) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else None


def _choice(given: WithoutCopy | str | None) -> WithoutCopy:
    said = os.environ if given is None else {"STAYDOWN_EDGE_WITHOUT_COPY": str(given)}
    return without_copy(said)
