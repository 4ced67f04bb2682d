import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0004_leaksearch"), ("accounts", "0010_past_is_kept")]
    operations = [
        migrations.AddField(
            model_name="stream",
            name="tenant",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose members read it: the house of the producer whose signals it holds.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="streams",
                to="accounts.tenant",
            ),
        ),
        migrations.AlterField(
            model_name="stream",
            name="timeframe",
            field=models.CharField(blank=True, help_text="None: as signals come in.", max_length=8),
        ),
        migrations.AddConstraint(
            model_name="stream",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tenant", None), models.Q(("owner", None), ("script", None)), _connector="OR"
                ),
                name="streams_of_a_house_are_nobody_elses",
            ),
        ),
    ]
