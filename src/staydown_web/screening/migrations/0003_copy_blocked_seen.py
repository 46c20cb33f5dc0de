"""Uploads that were stopped lately are found without looking at all the others."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("screening", "0002_kept_uploads")]

    operations = [
        migrations.AddIndex(
            model_name="copy",
            index=models.Index(
                condition=models.Q(("state", "blocked")),
                fields=["seen_at"],
                name="copy_blocked_seen",
            ),
        ),
    ]
