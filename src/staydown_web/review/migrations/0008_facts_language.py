from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0007_statement_warned"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="facts_language",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
    ]
