
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('state', 'deleted'), _negated=True), fields=['organization', 'id'], name='accounts_user_in_order'),
        ),
    ]
