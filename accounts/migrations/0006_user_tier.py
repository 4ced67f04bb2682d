import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_seed_tiers")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="tier",
            field=models.ForeignKey(
                default="free",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="users",
                to="accounts.tier",
            ),
        ),
    ]
