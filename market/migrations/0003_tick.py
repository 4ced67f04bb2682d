import django.contrib.postgres.fields
from django.db import migrations, models

from market.timeseries import CreateTimeSeriesModel


class Migration(migrations.Migration):
    dependencies = [("market", "0002_listed_bar")]

    operations = [
        CreateTimeSeriesModel(
            name="Tick",
            time_column="at",
            years=(2000, 2035),
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "instrument_key",
                        "at",
                        "source",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "instrument_key",
                    models.CharField(max_length=40, verbose_name="instrument"),
                ),
                (
                    "at",
                    models.DateTimeField(help_text="When it happened, as its source says."),
                ),
                ("source", models.CharField(max_length=40)),
                (
                    "event_id",
                    models.CharField(help_text="What its source calls it.", max_length=80),
                ),
                ("price", models.FloatField(help_text="Of a trade.", null=True)),
                ("size", models.FloatField(help_text="Of a trade.", null=True)),
                ("bid", models.FloatField(null=True)),
                ("ask", models.FloatField(null=True)),
                ("received_at", models.DateTimeField()),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        default=list,
                        help_text="Why no bar is made of it; none: it counts.",
                        size=None,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["instrument_key", "received_at"], name="ticks_by_arrival"),
                ],
            },
        ),
    ]
