"""The database itself refuses to change or delete what is chained."""

from django.db import migrations

from staydown_web.base.sql import append_only, changeable, run_for

TABLES = ["audit_event", "audit_checkpoint"]


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(run_for(TABLES, append_only), run_for(TABLES, changeable)),
    ]
