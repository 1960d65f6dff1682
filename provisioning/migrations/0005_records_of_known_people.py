"""A directory record for everybody who was known before there were any, so that filters find them."""

from django.db import migrations

BATCH = 1_000


def write_records(apps, schema_editor):
    # What a document is today: later migrations may find it changed, and have records to change.
    from provisioning.documents import search_form
    from provisioning.mapping import document_of
    from provisioning.schema import USER

    people = apps.get_model("accounts", "User")
    records = apps.get_model("provisioning", "DirectoryRecord")
    without = people.objects.filter(organization__isnull=False, directory_record=None)
    batch = []
    for user in without.iterator(chunk_size=BATCH):
        document = document_of(user)
        batch.append(
            records(
                user_id=user.pk,
                organization_id=user.organization_id,
                document=document,
                search=search_form(document, USER),
            )
        )
    records.objects.bulk_create(batch, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0004_withheld_active")]

    operations = [migrations.RunPython(write_records, migrations.RunPython.noop)]
