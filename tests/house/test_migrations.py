"""A change of tables lets processes of the release before it go on, or says how they can.

While a new version migrates, old web servers answer on. They name every column that they know and
none that they do not, so what they do to a table has to work before and after.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

django.setup()

ROOT = Path(__file__).parents[2]
PREVIOUS = (ROOT / "tests" / "web" / "upgrade" / "migrations.txt").read_text().split()
"""What the release before has: its own matter, for no process of today is older."""

PLAN = "Old processes: "
LEAST_WORDS = 8
NEW_TABLES = (migrations.AddIndex, migrations.AddConstraint, migrations.AddField)


def of_today() -> dict[str, migrations.Migration]:
    """Room and name -> each migration of ours."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {
        f"{room}.{name}": found
        for (room, name), found in loader.disk_migrations.items()
        if type(found).__module__.startswith("staydown_web.")
    }


def hard_steps(migration: migrations.Migration) -> Iterator[str]:
    """Steps that a process of the release before may not live with, each in a few words."""
    made: set[str] = set()
    for step in migration.operations:
        if isinstance(step, migrations.CreateModel):
            made.add(step.name_lower)
        elif isinstance(step, NEW_TABLES) and step.model_name.lower() in made:
            continue
        elif why := hard(step):
            yield f"{step.describe()}: {why}"


def hard(step: Operation) -> str:
    """Why one step on a table that is there is hard for old processes; empty where it is not."""
    match step:
        case migrations.AddField(field=models.ManyToManyField()) | migrations.AddIndex():
            return ""
        case migrations.AddField(field=field):
            is_filled = field.null or field.db_default is not NOT_PROVIDED
            return "" if is_filled else "their new rows leave it out; want null or db_default"
        case migrations.RemoveIndex() | migrations.AlterModelOptions():
            return ""
        case migrations.AddConstraint():
            return "their rows may break it"
        case migrations.RunPython():
            return "they go on writing what it has changed"
    return "they may use what it changes"


def plan_of(migration: migrations.Migration) -> str:
    """What the docstring of a migration says about old processes; empty where it says nothing."""
    import sys

    text = " ".join((sys.modules[type(migration).__module__].__doc__ or "").split())
    return text.partition(PLAN)[2]


def test_what_the_release_before_had_is_still_there() -> None:
    assert len(PREVIOUS) > 40
    assert sorted(set(PREVIOUS) - set(of_today())) == [], "installations have run them"


@pytest.mark.parametrize("name", sorted(set(of_today()) - set(PREVIOUS)))
def test_old_processes_live_with_a_migration_or_it_says_how(name: str) -> None:
    migration = of_today()[name]
    steps = list(hard_steps(migration))
    if steps:
        told = plan_of(migration)
        assert len(told.split()) >= LEAST_WORDS, (
            f"{steps}; make it additive, or say in its docstring, after {PLAN!r}, how they live"
        )


NOTE = models.CharField(max_length=9)
STEPS: list[tuple[Operation, bool]] = [
    (migrations.RemoveField("case", "note"), True),
    (migrations.DeleteModel("Case"), True),
    (migrations.RenameField("case", "note", "words"), True),
    (migrations.RenameModel("Case", "Matter"), True),
    (migrations.AlterField("case", "note", NOTE), True),
    (migrations.RunSQL("SELECT 1"), True),
    (migrations.RunPython(migrations.RunPython.noop), True),
    (migrations.AddField("case", "note", NOTE), True),
    (migrations.AddField("case", "note", models.CharField(max_length=9, default="a")), True),
    (migrations.AddField("case", "note", models.CharField(max_length=9, db_default="a")), False),
    (migrations.AddField("case", "note", models.DateField(null=True)), False),
    (migrations.AddField("case", "notes", models.ManyToManyField("banks.Bank")), False),
    (migrations.AddIndex("case", models.Index(fields=["note"], name="of_note")), False),
    (
        migrations.AddConstraint(
            "case", models.UniqueConstraint(fields=["note"], name="one_of_a_note")
        ),
        True,
    ),
]


@pytest.mark.parametrize(("step", "is_hard"), STEPS, ids=lambda v: getattr(v, "describe", str)())
def test_hard_steps_are_found(step: Operation, is_hard: bool) -> None:
    migration = migrations.Migration("0002_more", "cases")
    migration.operations = [step]
    assert bool(list(hard_steps(migration))) is is_hard


def test_a_table_of_the_same_migration_may_get_anything() -> None:
    migration = migrations.Migration("0002_more", "cases")
    migration.operations = [
        migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("note", "words", NOTE),
    ]
    assert list(hard_steps(migration)) == []
    migration.operations = migration.operations[1:]
    assert list(hard_steps(migration)) != []


def test_a_plan_is_read_from_the_docstring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "of_a_plan.py").write_text(
        textwrap.dedent('''
            """Words go.

            Old processes: the release before reads none of them any more, it
            writes none.
            """
            from django.db import migrations

            class Migration(migrations.Migration):
                operations = []
        ''').lstrip()
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from of_a_plan import Migration  # type: ignore[import-not-found]

    assert plan_of(Migration("0002", "cases")).startswith("the release before reads none")
    assert plan_of(of_today()["cases.0001_initial"]) == ""
