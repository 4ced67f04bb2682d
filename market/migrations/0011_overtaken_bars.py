from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("market", "0010_bars_that_came_as_history")]
    operations = [
        migrations.AddField(
            "bar",
            "is_overtaken",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="Whether it came after a later one: no script runs for it.",
            ),
        ),
        migrations.AddField(
            "bar",
            "overtaken",
            models.PositiveIntegerField(
                default=0,
                db_default=0,
                help_text="How many came too late since the bar before: "
                "runs for this one declare them.",
            ),
        ),
        migrations.AddField(
            "heardtimeframe",
            "overtaken",
            models.PositiveIntegerField(
                default=0,
                db_default=0,
                help_text="Bars that have come too late since the newest one.",
            ),
        ),
    ]
