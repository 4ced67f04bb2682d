from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0002_marketplace_streams")]

    operations = [
        migrations.AddField(
            model_name="output",
            name="tolerance",
            field=models.JSONField(
                help_text="By how much its author lets a mark move which number; none: nothing.",
                null=True,
            ),
        ),
    ]
