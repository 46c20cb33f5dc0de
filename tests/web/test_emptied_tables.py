"""What the tests themselves stand on: nothing of one with real commits is there for the next."""

from __future__ import annotations

import pytest
from django.db import connection

from emptied_tables import OF_MIGRATIONS, empty_tables
from staydown_web.accounts.models import Platform, User


def counts() -> dict[str, int]:
    """Rows of each table that has some."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    found = {}
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            found[name] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count}


@pytest.mark.django_db(transaction=True)
def test_every_row_goes_but_those_of_migrations(platform: Platform, reviewer: User) -> None:
    before = counts()
    assert {*before} > {*OF_MIGRATIONS, Platform._meta.db_table, User._meta.db_table}
    empty_tables()
    assert counts() == {name: before[name] for name in OF_MIGRATIONS}
