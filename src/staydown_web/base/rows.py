"""Many rows into a table by one prepared statement: where the ORM's way costs more than the work.

``bulk_create`` builds one statement of all values and asks each field about each of them; a
million rows take a quarter of an hour that way, and two minutes this way. Source: ADR-0024.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import repeat
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Field, IntegerField, JSONField, Model, QuerySet, TextField

_MOST_KEPT = 64
MOST_KEYS = 256
"""So many keys a prepared query takes at most."""
_FEW = 8


def insert_rows(
    model: type[Model],
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    same: Mapping[str, Any] | None = None,
    ignore_conflicts: bool = False,
    adds_up: str = "",
) -> None:
    """Insert rows inside the caller's transaction.

    Args:
        model: whose table.
        fields: names of the fields that are given; the others need a default in the database or
            may be null.
        rows: values in the order of the fields, as attributes of a model would hold them; ids for
            foreign keys.
        same: fields and values that all rows share; they are converted once.
        ignore_conflicts: True passes over rows that a unique constraint refuses.
        adds_up: a field whose value is added to that of the row that is there already; all other
            fields that are given are those of a unique constraint.
    """
    given = [*rows]
    if not given:
        return
    line = connections[DEFAULT_DB_ALIAS]
    shared = same or {}
    statement, converters = _insertion(
        model, (*fields, *shared), ignore_conflicts, adds_up, line.vendor == "sqlite"
    )
    if not shared and len(given) <= _FEW:
        _run_many(line, statement, [_converted(converters, row) for row in given])
        return
    own, rest = converters[: len(fields)], converters[len(fields) :]
    # Column by column: whole columns of texts and numbers go as they are.
    columns = [
        convert.column(values)
        for convert, values in zip(own, zip(*given, strict=True), strict=True)
    ]
    end = [
        repeat(convert(value), len(given))
        for convert, value in zip(rest, shared.values(), strict=True)
    ]
    _run_many(line, statement, list(zip(*columns, *end, strict=True)))


def insert_plain_rows(
    model: type[Model],
    fields: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """As ``insert_rows``, of values that are what SQLite has already: nothing is converted."""
    if rows:
        statement, _ = _insertion(model, tuple(fields), ignore_conflicts, "", is_sqlite=True)
        _run_many(connections[DEFAULT_DB_ALIAS], statement, rows)


@cache
def _insertion(
    model: type[Model],
    fields: tuple[str, ...],
    ignore_conflicts: bool,  # noqa: FBT001 - a key of the cache
    adds_up: str,
    is_sqlite: bool,  # noqa: FBT001 - a key of the cache
) -> tuple[str, list[_Converter]]:
    """The statement, and what turns each value into what the database takes."""
    found = [_field(model, name) for name in fields]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in found)
    places = ", ".join(["%s"] * len(found))
    end = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    table = quote(model._meta.db_table)  # noqa: SLF001 - public, whatever its name
    if adds_up:
        same = ", ".join(quote(str(f.column)) for f in found if f.name != adds_up)
        sum_ = quote(str(_field(model, adds_up).column))
        end = f" ON CONFLICT ({same}) DO UPDATE SET {sum_} = {table}.{sum_} + excluded.{sum_}"
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places}){end}"  # noqa: S608 - names of our own models
    return statement, [_Converter(field, is_sqlite=is_sqlite) for field in found]


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)  # noqa: SLF001 - public, whatever its name
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column")
    return field


class _Converter:
    """How values of a field go to the database; what comes again is converted once."""

    def __init__(self, field: Field[Any, Any], *, is_sqlite: bool) -> None:
        self._field = field
        self._kept: dict[Any, Any] = {}
        self._by_type: dict[type, Callable[[Any], Any]] = {}
        plain: set[type] = set()
        if isinstance(field, CharField | TextField):
            plain.add(str)
        elif isinstance(field, IntegerField):
            plain.add(int)
        if is_sqlite:
            plain.add(bytes)
            self._by_type = {UUID: _hex_of, datetime: sqlite_moment}
            if isinstance(field, JSONField) and field.encoder is None:
                self._by_type |= {dict: json.dumps, list: json.dumps}
        self.plain = frozenset(plain)

    def column(self, values: Sequence[Any]) -> Sequence[Any]:
        """A whole column."""
        kinds = set(map(type, values))
        if self.plain.issuperset(kinds):
            return values
        if len(kinds) == 1 and (quick := self._by_type.get(*kinds)) is not None:
            return [*map(quick, values)]
        return [self(value) for value in values]

    def __call__(self, value: Any) -> Any:
        kind = type(value)
        if kind in self.plain:
            return value
        quick = self._by_type.get(kind)
        if quick is not None:
            return quick(value)
        if isinstance(value, dict | list | bytes):
            return self._field.get_db_prep_save(value, connection)
        key = (kind, value)
        if key in self._kept:
            return self._kept[key]
        made = self._field.get_db_prep_save(value, connection)
        if len(self._kept) < _MOST_KEPT:
            self._kept[key] = made
        return made


def _converted(converters: Sequence[_Converter], row: Sequence[Any]) -> list[Any]:
    """One row, where there are too few for whole columns."""
    return [
        value if type(value) in convert.plain else convert(value)
        for convert, value in zip(converters, row, strict=True)
    ]


def _hex_of(value: UUID) -> str:
    return f"{value.int:032x}"


def sqlite_moment(value: datetime) -> str:
    """As Django's backend writes a moment: UTC, a space between day and time."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.replace(tzinfo=None).isoformat(" ")


class PreparedRead:
    """A query whose SQL is made once and run often, for values that are looked up by many keys.

    Making the SQL of a query takes the ORM several times as long as the database takes to answer
    it. This keeps the SQL, for each number of keys, and the converters of its columns.

    Args:
        make: gives the query, a ``values_list``, for some keys. Nothing else in it may vary.
        stand_in: makes a key that stands for the n-th one while the SQL is made; as the keys, and
            equal to nothing else that the query holds.
    """

    def __init__(
        self, make: Callable[[list[Any]], QuerySet[Any, Any]], stand_in: Callable[[int], Any]
    ) -> None:
        self._make, self._stand_in = make, stand_in

    def rows(
        self, keys: Sequence[Any], line: BaseDatabaseWrapper | None = None
    ) -> list[Sequence[Any]]:
        """The rows of the query for these keys. More than 256 go the ORM's way.

        Args:
            keys: as the query takes them.
            line: the connection to ask; None asks the thread's own, and so does the ORM's way.
        """
        size = _size_for(keys)
        if not keys or size > MOST_KEYS:
            return [tuple(row) for row in self._make(list(keys))]
        line = connections[DEFAULT_DB_ALIAS] if line is None else line
        sql, values, places, readers = self._prepared(size, line)
        params = _filled(values, places, keys, size, line)
        found = _fetched(line, sql, params)
        if not readers:
            return found
        return [_read(row, readers) for row in found]

    def plain_rows(self, keys: Sequence[Any]) -> list[Sequence[Any]]:
        """The rows as SQLite has them, for at most 256 keys as it has them."""
        if not keys:
            return []
        line, size = connections[DEFAULT_DB_ALIAS], _size_for(keys)
        sql, values, places, _ = self._prepared(size, line)
        return _fetched(line, sql, _filled(values, places, keys, size, line))

    def _prepared(self, size: int, line: BaseDatabaseWrapper) -> Any:
        # Converters may hold on to the connection, so what is made lies with it.
        known = vars(line).setdefault("staydown_prepared", {})
        kept: dict[int, Any] = known.setdefault(self, {})
        if size not in kept:
            stand_ins = [self._stand_in(n) for n in range(size)]
            compiler = self._make(stand_ins).query.get_compiler(connection=line)
            sql, values = compiler.as_sql()
            numbers = {_to_database(key, line): n for n, key in enumerate(stand_ins)}
            places = [(at, numbers[v]) for at, v in enumerate(values) if v in numbers]
            # A choice is more than a text: SQLite's module looks for a way to write it each time.
            values = [str(v) if isinstance(v, str) else v for v in values]
            converters = compiler.get_converters([column[0] for column in compiler.select])
            readers = [(at, _reader(*of, line=line)) for at, of in converters.items()]
            kept[size] = (sql, values, places, readers)
        return kept[size]


def _size_for(keys: Sequence[Any]) -> int:
    """For how many keys a query is prepared: a power of two, so that there are few of them."""
    return 1 << max(0, len(keys) - 1).bit_length()


def _filled(
    values: Sequence[Any],
    places: Sequence[tuple[int, int]],
    keys: Sequence[Any],
    size: int,
    line: BaseDatabaseWrapper,
) -> list[Any]:
    """The values of a query with these keys in their places, and the last in all that are left."""
    padded = keys if size == len(keys) else [*keys, *[keys[-1]] * (size - len(keys))]
    params = list(values)
    for at, n in places:
        params[at] = _to_database(padded[n], line)
    return params


def _read(row: Sequence[Any], readers: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    """A row of the database as Python has it."""
    values = list(row)
    for at, read in readers:
        values[at] = read(values[at])
    return values


def _reader(
    converters: Sequence[Callable[..., Any]], column: Any, *, line: BaseDatabaseWrapper
) -> Callable[[Any], Any]:
    """What a value of a column is to Python: as Django's converters say, in fewer steps."""

    def usual(value: Any) -> Any:
        for convert in converters:
            value = convert(value, column, line)
        return value

    def moment(value: Any) -> Any:
        if value is None:
            return None
        is_plain = type(value) is datetime and value.tzinfo is None
        return value.replace(tzinfo=UTC) if is_plain else usual(value)

    if line.vendor != "sqlite" or len(converters) != 1:
        return usual
    own: Any = line.ops
    if converters[0] == own.convert_datetimefield_value and line.timezone is UTC:
        return moment
    if converters[0] == own.convert_uuidfield_value:
        target = getattr(column, "target", None)
        # Many rows point at few others.
        return _uuid_again if target is not None and target.is_relation else _uuid
    return usual


def _uuid(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)


_uuid_again = lru_cache(maxsize=256)(_uuid)


def _to_database(key: Any, line: BaseDatabaseWrapper) -> Any:
    if isinstance(key, UUID) and not line.features.has_native_uuid_field:
        return key.hex
    return key


def _run_many(line: BaseDatabaseWrapper, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """One statement for many rows, without the layers of a cursor where nobody listens to them."""
    if not _is_bare(line):
        with line.cursor() as cursor:
            cursor.executemany(sql, rows)
        return
    with line.wrap_database_errors:
        line.connection.executemany(_in_sqlite(sql), rows)


def _is_bare(line: BaseDatabaseWrapper) -> bool:
    """Whether SQLite's module can be asked by itself; the connection is open then."""
    if line.vendor != "sqlite" or line.execute_wrappers or line.queries_logged:
        return False
    line.ensure_connection()
    line.validate_no_broken_transaction()
    return True


def _fetched(line: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[Sequence[Any]]:
    """All rows of a query, without the layers of a cursor where nobody listens to them."""
    if not _is_bare(line):
        with line.cursor() as cursor:
            cursor.execute(sql, params)
            return [*cursor.fetchall()]
    with line.wrap_database_errors:
        # By the connection, which so clears away what it notes of cursors that are gone.
        return [*line.connection.execute(_in_sqlite(sql), params)]


@cache
def _in_sqlite(sql: str) -> str:
    """A query as SQLite's module takes it, with its own sign for a value."""
    return sql.replace("%s", "?").replace("%%", "%")


def update_row(model: type[Model], pk: Any, values: dict[str, Any]) -> int:
    """Change one row by its primary key, inside the caller's transaction.

    Args:
        model: whose table.
        pk: an integer or text key, as the database holds it.
        values: numbers and texts by the name of the field.

    Returns:
        1, or 0 where there is no such row.
    """
    line = connections[DEFAULT_DB_ALIAS]
    statement, params = _update(model, tuple(values)), [*values.values(), pk]
    if not _is_bare(line):
        with line.cursor() as cursor:
            cursor.execute(statement, params)
            return int(cursor.rowcount)
    with line.wrap_database_errors:
        return int(line.connection.execute(_in_sqlite(statement), params).rowcount)


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(str(_field(model, name).column))} = %s" for name in names)
    meta = model._meta  # noqa: SLF001 - public, whatever its name
    key = quote(str(meta.pk.column))
    return f"UPDATE {quote(meta.db_table)} SET {columns} WHERE {key} = %s"  # noqa: S608 - names of our own models


def count_rows_up(model: type[Model], name: str, rows: Sequence[tuple[int, Any]]) -> None:
    """Add to a number of each of many rows, inside the caller's transaction; none is added.

    Args:
        model: whose table.
        name: of the field.
        rows: what to add, and the primary key.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    meta = model._meta  # noqa: SLF001 - public, whatever its name
    column, key = quote(str(_field(model, name).column)), quote(str(meta.pk.column))
    statement = f"UPDATE {quote(meta.db_table)} SET {column} = {column} + %s WHERE {key} = %s"  # noqa: S608 - names of our own models
    to_key = _Converter(meta.pk, is_sqlite=connection.vendor == "sqlite")
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(n, to_key(pk)) for n, pk in rows])
