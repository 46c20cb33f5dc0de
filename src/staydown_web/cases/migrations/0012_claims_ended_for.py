"""Why a claim ended that nobody took back; processes of the version before go on without."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_where_media_lies"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="ended_for",
            field=models.CharField(
                blank=True,
                choices=[("", "None"), ("minor", "Someone shown may have been under 18")],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
    ]
