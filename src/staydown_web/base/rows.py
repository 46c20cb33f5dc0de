"""Many rows into a table by one prepared statement: where the ORM's way costs more than the work.

``bulk_create`` builds one statement of all values and asks each field about each of them; a
million rows take a quarter of an hour that way, and two minutes this way. Source: ADR-0024.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model

_MOST_KEPT = 64


def insert_rows(
    model: type[Model],
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert rows inside the caller's transaction.

    Args:
        model: whose table.
        fields: names of the fields that are given; the others need a default in the database or
            may be null.
        rows: values in the order of the fields, as attributes of a model would hold them; ids for
            foreign keys.
        ignore_conflicts: True passes over rows that a unique constraint refuses.
    """
    found = [_field(model, name) for name in fields]
    converters = [_converter(field) for field in found]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in found)
    places = ", ".join(["%s"] * len(found))
    end = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    table = quote(model._meta.db_table)  # noqa: SLF001 - public, whatever its name
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places}){end}"  # noqa: S608 - names of our own models
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                tuple(convert(value) for convert, value in zip(converters, row, strict=True))
                for row in rows
            ],
        )


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)  # noqa: SLF001 - public, whatever its name
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column")
    return field


def _converter(field: Field[Any, Any]) -> Callable[[Any], Any]:
    """How values of a field go to the database; what comes again is converted once."""
    kept: dict[Any, Any] = {}
    is_plain = connection.features.has_native_uuid_field

    def convert(value: Any) -> Any:
        if isinstance(value, UUID) and not is_plain:
            return value.hex
        if isinstance(value, bytes) and connection.vendor == "sqlite":
            return value
        if isinstance(value, dict | list | bytes):
            return field.get_db_prep_save(value, connection)
        key = (type(value), value)
        if key in kept:
            return kept[key]
        made = field.get_db_prep_save(value, connection)
        if len(kept) < _MOST_KEPT:
            kept[key] = made
        return made

    return convert
