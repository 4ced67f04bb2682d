from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("execution", "0025_fill_places_of_plans")]
    operations = [
        migrations.AlterField(
            "execution",
            "missed",
            models.PositiveIntegerField(
                default=0,
                help_text="Scheduled instants before it that passed while nobody was there, "
                "or bars that came too late.",
            ),
        ),
    ]
