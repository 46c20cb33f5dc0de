"""By which rule the deadline of a task was set, so that open ones follow where the rule changes.

Old processes: what they make or look at anew has the rule 0, and is looked at once more by a process
of this version; until then it has the deadline that they gave it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0009_complaint_languages"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="due_rule",
            field=models.PositiveSmallIntegerField(db_default=0, default=1),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "second"])),
                fields=["due_rule"],
                name="task_due_rule",
            ),
        ),
    ]
