"""Where a reviewer saw the picture of an address; processes of the version before look without."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_items_that_wait"),
    ]

    operations = [
        migrations.AddField(
            model_name="location",
            name="media_box",
            field=models.BinaryField(null=True),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                fields=["state", "state_at"],
                condition=models.Q(item__isnull=True),
                name="location_unseen",
            ),
        ),
    ]
