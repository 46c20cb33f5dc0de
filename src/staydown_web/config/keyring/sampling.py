"""Whether the keys at hand open what the database holds: some values of each field are opened."""

from __future__ import annotations

from staydown_web.base.errors import ConfigError, SealError
from staydown_web.base.sealing import unseal
from staydown_web.config.keyring.sealed_fields import OF_INSTALLATION, SealedField, rows_of

_EACH = 20


def open_some() -> int:
    """Open the first and the last values of each sealed field.

    Returns:
        How many were opened.

    Raises:
        ConfigError: one does not open; the message names the field and nothing of the value.
    """
    return sum(_open_some_of(one) for one in OF_INSTALLATION)


def _open_some_of(one: SealedField) -> int:
    rows = {row["pk"]: row for row in rows_of(one, at_once=_EACH)}
    names = list(dict.fromkeys(["pk", one.column, *one.needs]))
    held = one.rows.exclude(**{one.column: None})
    rows |= {row["pk"]: row for row in held.order_by("-pk").values(*names)[:_EACH]}
    for row in rows.values():
        try:
            unseal(row[one.column], context=one.context_of(row))
        except SealError:
            raise ConfigError(
                f"the keys do not open what is sealed in {one.table}.{one.column}; put the keys "
                "and the database of the same moment together"
            ) from None
    return len(rows)
