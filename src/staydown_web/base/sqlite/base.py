"""The backend itself; Django looks for it in a module of this name."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base

from staydown_web.base.sqlite.turns import begin_soon, looks_every_s


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; only the wait at the beginning of a transaction may be ours."""

    connection: Any
    settings_dict: dict[str, Any]
    transaction_mode: str | None

    def _start_transaction_under_autocommit(self) -> None:
        every_s = looks_every_s()
        if not every_s or self.transaction_mode is None:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # not in the stubs
            return
        with self.wrap_database_errors:
            begin_soon(
                self.connection,
                f"BEGIN {self.transaction_mode}",
                every_s=every_s,
                timeout_s=float(self.settings_dict["OPTIONS"]["timeout"]),
            )
