import django.db.models.deletion
from django.db import migrations, models

from audit import append_only


def install(apps, schema_editor):
    append_only.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_no_index_twice"),
        ("audit", "0002_append_only"),
    ]

    # On SQLite the table is built anew and loses its triggers, on the way back too.
    operations = [
        migrations.RunPython(migrations.RunPython.noop, install),
        migrations.AlterField(
            model_name="auditevent",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organization",
                verbose_name="organization",
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
