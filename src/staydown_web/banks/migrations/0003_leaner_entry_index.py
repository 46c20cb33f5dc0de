"""Entries are found by half a digest, through one index in place of three."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Left


def halve(apps: Any, _editor: Any) -> None:
    """Keep the first half of each digest."""
    apps.get_model("banks", "Entry").objects.update(blind=Left("blind", 32))


class Migration(migrations.Migration):
    # The rows are changed before the table is, so that no digest is longer than its new column.
    atomic = False

    dependencies = [("banks", "0002_origins")]

    operations = [
        migrations.RunPython(halve, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="entry",
            name="bank",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="banks.bank",
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="blind",
            field=models.CharField(help_text="the first half of the digest", max_length=32),
        ),
    ]
