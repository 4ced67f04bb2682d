from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0011_rights_that_come_back")]
    operations = [
        migrations.AddField(
            "output",
            "as_of",
            models.DateTimeField(
                null=True,
                help_text="The clock of the run that put it out: scripts know it from then on.",
            ),
        ),
    ]
