from django.db import migrations

from provisioning.filters import indexes


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0002_token_notices")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: indexes.install(schema_editor),
            lambda apps, schema_editor: indexes.remove(schema_editor),
        )
    ]
