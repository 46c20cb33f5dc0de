"""Notices that were refused are counted apart, under a name of their own.

Old processes: the column stays as it is, only its list of names is longer; they look for rows by the
names that they know, never meet the new one, and go on counting what is refused as filed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="tally",
            name="what",
            field=models.CharField(
                choices=[
                    ("file", "File"),
                    ("open", "Open"),
                    ("write", "Write"),
                    ("refused", "Refused"),
                ],
                max_length=8,
            ),
        ),
    ]
