from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("market", "0012_replays_of_files")]

    operations = [
        migrations.AddField(
            model_name="tick",
            name="is_history",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A file brought it: no script runs for it.",
            ),
        ),
    ]
