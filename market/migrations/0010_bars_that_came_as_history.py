from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("market", "0009_fill_heard_timeframe")]
    operations = [
        migrations.AddField(
            "bar",
            "is_history",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="Whether it, or all that it is made of, came as history: "
                "no script runs for it.",
            ),
        ),
    ]
