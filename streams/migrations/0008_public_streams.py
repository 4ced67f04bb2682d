from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("streams", "0007_outputs_by_year")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="public",
            field=models.BooleanField(
                default=False,
                help_text="For everybody signed in: prices, which are nobody's secret.",
            ),
        ),
        migrations.AddConstraint(
            model_name="stream",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("public", False),
                    models.Q(
                        ("owner", None), ("product", None), ("script", None), ("tenant", None)
                    ),
                    _connector="OR",
                ),
                name="public_streams_are_nobodys",
            ),
        ),
    ]
