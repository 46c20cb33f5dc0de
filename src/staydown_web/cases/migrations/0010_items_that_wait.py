"""An index of items by state; processes of the version before do not mind it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_providers_agreed"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["state", "added_at", "position"], name="item_waiting"),
        ),
    ]
