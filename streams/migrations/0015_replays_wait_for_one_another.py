from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0014_deliveries_one_by_one")]

    operations = [
        migrations.AddField(
            model_name="following",
            name="replay_next",
            field=models.JSONField(
                default=list,
                db_default=[],
                help_text="And then these, each first and last: they were asked for as well.",
            ),
        ),
    ]
