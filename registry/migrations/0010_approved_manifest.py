import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_repaints_label_is_fixed")]

    operations = [
        migrations.AddField(
            model_name="scriptversion",
            name="approved_manifest_sha256",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="script",
            name="current_version",
            field=models.ForeignKey(
                blank=True,
                help_text=(
                    "What runs unless a caller names another: the version policy chooses it."
                ),
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.scriptversion",
            ),
        ),
    ]
