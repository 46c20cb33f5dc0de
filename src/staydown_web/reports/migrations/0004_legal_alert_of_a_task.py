"""An alert belongs to a task, which names the platform and the number."""

import django.db.models.deletion
from django.db import migrations, models

import staydown_web.base.ids


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0003_documents"),
        ("review", "0004_complaint_basis"),
    ]

    operations = [
        migrations.DeleteModel(name="LegalAlert"),
        migrations.CreateModel(
            name="LegalAlert",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=staydown_web.base.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "Waiting"),
                            ("sent", "Sent"),
                            ("dead", "Given up"),
                            ("nobody", "No contact is set"),
                        ],
                        default="due",
                        max_length=8,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="legal_alert",
                        to="review.task",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "next_try_at"], name="legal_alert_due"),
                ],
            },
        ),
    ]
