"""One look at everything: cheap, a few small reads of the database, and it never raises."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from staydown.errors import StaydownError
from staydown_web.base.clock import utc_now
from staydown_web.config.watch import inside, machine, outside
from staydown_web.config.watch.busy import BUSY
from staydown_web.config.watch.since import with_since
from staydown_web.config.watch.troubles import Level, Part, Seen, Trouble
from staydown_web.config.watch.words import kind_of

EVERY_S: Final = 10.0
STALE_AFTER: Final = timedelta(seconds=60)
"""A look that does not end for so long waits for the database."""
UNKNOWN_AFTER: Final = timedelta(minutes=5)
"""Nobody is told today what was wrong yesterday."""

_ORDER = list(Level)
_PARTS = list(Part)
log = logging.getLogger("staydown.watch")


def look(now: datetime, *, is_web: bool = False) -> Seen:
    """What is wrong at this moment.

    Args:
        now: the moment, aware UTC.
        is_web: whether this process answers requests, so that its own bank must be open.

    Returns:
        Every trouble with its beginning, the worst first.

    Cost: about twenty reads by index.
    """
    looks: dict[Part, Callable[[datetime], inside.Looked]] = {
        Part.DATABASE: inside.look_at_database,
        Part.WEB: BUSY.look_at_web,
        Part.BANK: partial(inside.look_at_bank, is_web=is_web),
        Part.WORKER: inside.look_at_worker,
        Part.MAIL: outside.look_at_mail,
        Part.PLATFORMS: outside.look_at_platforms,
        Part.PARTNERS: outside.look_at_partners,
        Part.DISK: machine.look_at_disk,
        Part.CLOCK: machine.look_at_clock,
        Part.AUDIT: inside.look_at_audit,
        Part.BACKUPS: machine.look_at_backups,
    }
    found: list[Trouble] = []
    well: dict[Part, dict[str, Any]] = {}
    for part, look_at in looks.items():
        try:
            troubles, well[part] = look_at(now)
        except DatabaseError:
            troubles, well[part] = [Trouble("database_silent")], {}
        except (StaydownError, OSError) as error:
            code = getattr(error, "code", type(error).__name__)
            log.warning("a look at %s failed (%s)", part.value, code)
            troubles, well[part] = [], {}
        found += [one for one in troubles if one.code not in {known.code for known in found}]
    dated = with_since(Path(settings.STAYDOWN_HOME), found, now=now)
    return Seen(now, tuple(sorted(dated, key=_rank)), well)


def _rank(trouble: Trouble) -> tuple[int, int]:
    kind = kind_of(trouble)
    return _ORDER.index(kind.level), _PARTS.index(kind.part)


class Watch:
    """Looks again and again in a thread of its own, so that no request waits for a look."""

    def __init__(self) -> None:
        self._seen: Seen | None = None
        self._began: datetime | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin; the thread ends with its process."""
        threading.Thread(target=self._repeat, name="watch", daemon=True).start()

    def stop(self) -> None:
        """End it, as soon as the look that is going on has ended."""
        self._stopped.set()

    def look(self) -> Seen:
        """One look now, which others then find."""
        now = self._began = utc_now()
        try:
            seen = self._seen = look(now, is_web=True)
        finally:
            self._began = None
        return seen

    def latest(self, now: datetime) -> Seen | None:
        """What was found last; None before the first look, and where nobody has looked for long.

        A look that hangs hangs at the database, and then that is what is wrong.
        """
        seen, began = self._seen, self._began
        if began is None or now - began < STALE_AFTER:
            return None if seen is None or now - seen.at > UNKNOWN_AFTER else seen
        silent = Trouble("database_silent", began)
        others = [one for one in seen.troubles if one.code != silent.code] if seen else []
        before = seen or Seen(began, (), {})
        return replace(before, at=now, troubles=(silent, *others))

    def _repeat(self) -> None:
        while not self._stopped.is_set():
            close_old_connections()
            self.look()
            self._stopped.wait(EVERY_S)


WATCH: Final = Watch()
"""Of this process; ``web_server`` starts it."""
