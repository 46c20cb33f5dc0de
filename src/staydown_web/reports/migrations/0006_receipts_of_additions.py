"""One more kind of document.

Old processes: the column and its rows stay as they are. They make no document of this kind, and
leave those that are there: none of them reads the kinds of documents as a closed list.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0005_report_is_public"),
    ]

    operations = [
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("notice_received", "Your notice was received"),
                    ("addition_received", "What you added was received"),
                    ("item_decided", "A decision about your picture or video"),
                    ("withdrawal_asked", "You took back your request"),
                    ("decision_made", "A decision about content"),
                    ("order_made", "An order to the platform"),
                    ("order_answered", "What the platform answered"),
                    ("record_contents", "List of a record"),
                    ("audit_tree", "A stretch of the audit"),
                ],
                max_length=20,
            ),
        ),
    ]
