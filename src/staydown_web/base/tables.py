"""Whether the database is ready for a command that may be the first to run."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def make_tables() -> bool:
    """Make the tables that are missing, so that a command works before the service ever ran.

    Returns:
        True where there was something to make.
    """
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True
