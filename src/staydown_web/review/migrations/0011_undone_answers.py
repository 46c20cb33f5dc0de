"""What stood in the form of an answer to a complaint that was undone.

Old processes: they leave both empty, so that the form of an answer which they undo is empty, as before.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0010_due_rule"),
    ]

    operations = [
        migrations.AddField(
            model_name="complaint",
            name="undone_box",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="complaint",
            name="undone_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
