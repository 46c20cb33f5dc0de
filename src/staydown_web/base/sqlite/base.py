"""The backend itself; Django looks for it in a module of this name."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base

from staydown_web.base.sqlite.turns import begin_soon, connect_soon, looks_every_s


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; only the waits for the file are ours: to connect, and to begin to write."""

    connection: Any
    settings_dict: dict[str, Any]
    transaction_mode: str | None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django's, once more where another process is opening the same file."""
        connect = partial(super().get_new_connection, conn_params)
        return connect_soon(connect, timeout_s=float(self.settings_dict["OPTIONS"]["timeout"]))

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
