"""Blind marks of addresses, by which another notice of one finds what is out of sight there.

Old processes: what they store has no mark, so that it is not found by one and a person looks, as before. Of
a case that they erase the marks stay behind until the hourly job takes them too; nothing is found by them.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0012_claims_ended_for"),
    ]

    operations = [
        migrations.AddField(
            model_name="location",
            name="media_blind",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="location",
            name="url_blind",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(fields=["url_blind"], name="location_url_blind"),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(fields=["media_blind"], name="location_media_blind"),
        ),
    ]
