import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0004_signals_wait_for_publication"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignalBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=80)),
                ("body_sha256", models.BinaryField()),
                ("mac_digest", models.BinaryField(null=True)),
                (
                    "signal_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "producer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="ingest.producer",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "signal batches",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("producer", "key"), name="one_batch_per_key", nulls_distinct=False
                    ),
                    models.UniqueConstraint(
                        fields=("producer", "mac_digest"), name="one_batch_per_signed_request"
                    ),
                ],
            },
        ),
    ]
