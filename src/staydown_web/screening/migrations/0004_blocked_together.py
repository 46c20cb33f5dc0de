"""Which stopped uploads count for several entries, so that a case counts each of them once."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("banks", "0003_leaner_entry_index"),
        ("screening", "0003_copy_blocked_seen"),
    ]

    operations = [
        migrations.CreateModel(
            name="BlockedTogether",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.DateField(help_text="the Monday")),
                ("together", models.CharField(max_length=64)),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocked_together",
                        to="banks.entry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("entry", "week", "together"), name="blocked_together_once"
                    )
                ],
            },
        ),
    ]
