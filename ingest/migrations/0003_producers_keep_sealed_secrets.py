import base64

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils.crypto import salted_hmac

from common.encryption import encrypt

ENVIRONMENT = "environment"


def derived(producer, seed):
    """Return the secret that followed from a seed until now."""
    if seed == ENVIRONMENT:
        return settings.HMAC_PRODUCER_SECRET
    mac = salted_hmac(
        "ingest.producer_secrets", f"{producer.producer_id}:{seed}", algorithm="sha256"
    )
    return "shp_" + base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")


def seal(apps, schema_editor):
    for producer in apps.get_model("ingest", "Producer").objects.all():
        context = f"producer:{producer.producer_id}"
        for name in ("secret", "previous_secret"):
            seed = getattr(producer, f"{name}_seed")
            if seed and (secret := derived(producer, seed)):
                setattr(producer, f"{name}_encrypted", encrypt(secret, context=context))
        producer.save()


class Migration(migrations.Migration):
    dependencies = [("ingest", "0002_changed_signals_say_when")]
    operations = [
        migrations.AddField(
            model_name="producer",
            name="secret_encrypted",
            field=models.TextField(default="", editable=False),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="producer",
            name="previous_secret_encrypted",
            field=models.TextField(blank=True, default="", editable=False),
            preserve_default=False,
        ),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="producer", name="secret_seed"),
        migrations.RemoveField(model_name="producer", name="previous_secret_seed"),
        migrations.AddField(
            model_name="producer",
            name="revision",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="producer",
            name="dialect",
            field=models.CharField(
                choices=[
                    ("signed", "our own signature"),
                    ("standard_webhooks", "Standard Webhooks"),
                    ("tradingview", "TradingView alerts"),
                ],
                default="signed",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="producer",
            name="mapping",
            field=models.JSONField(
                blank=True,
                help_text="Where a message of another dialect holds instrument, side, time and payload.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="producer",
            name="allowed_networks",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="The networks it may send from, such as 203.0.113.0/24; none: from anywhere.",
            ),
        ),
        migrations.CreateModel(
            name="ProducerFailure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("reason", models.CharField(max_length=40)),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                (
                    "producer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="failures",
                        to="ingest.producer",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-count", "reason"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("producer", "day", "reason"), name="one_count_a_day_and_reason"
                    )
                ],
            },
        ),
    ]
