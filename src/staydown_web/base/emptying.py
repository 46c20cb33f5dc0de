"""Emptying a PostgreSQL database that a restore had begun to fill; nothing else does."""

from __future__ import annotations

from django.db import connection, transaction

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()"
_FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = current_schema() AND NOT EXISTS
    (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def empty_database() -> int:
    """Drop every table, sequence and function of the schema in use, all of them or none.

    Returns:
        How many things were dropped.
    """
    quote = connection.ops.quote_name
    count = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for kind, listing in (("TABLE", _TABLES), ("SEQUENCE", _SEQUENCES)):
            cursor.execute(listing)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP {kind} IF EXISTS {quote(name)} CASCADE")
                count += 1
        cursor.execute(_FUNCTIONS)
        for (signature,) in cursor.fetchall():  # quoted by the server already
            cursor.execute(f"DROP FUNCTION IF EXISTS {signature} CASCADE")
            count += 1
    return count
