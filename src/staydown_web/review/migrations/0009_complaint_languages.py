"""In which language a complaint and the answer to it are written, as whoever wrote them said.

Old processes: they leave both empty, so that what they store reads as written in a language that
nobody named, as all rows before.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0008_facts_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="complaint",
            name="written_in",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="complaint",
            name="answer_language",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
    ]
