"""One more word for what happened to an entry; no column changes.

Old processes: they read it as any other text, and show the bare word in the history of an entry;
they write none of it.
"""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("banks", "0005_settled_renewed")]

    operations = [
        migrations.AlterField(
            model_name="entrychange",
            name="what",
            field=models.CharField(
                choices=[
                    ("added", "Added"),
                    ("imported", "Imported"),
                    ("confirmed", "Confirmed"),
                    ("unconfirmed", "Confirmation taken back"),
                    ("disputed", "Disputed"),
                    ("withdrawn", "Withdrawn"),
                    ("quarantined", "Quarantined"),
                    ("released", "Released from quarantine"),
                    ("policy", "Policy changed"),
                    ("shared", "Claimed once more"),
                    ("settled", "Doubt ended"),
                    ("renewed", "Renewed"),
                    ("alike", "Agrees in part with a picture that was closed"),
                ],
                max_length=20,
            ),
        ),
    ]
