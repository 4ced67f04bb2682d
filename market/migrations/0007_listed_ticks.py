import django.contrib.postgres.fields
from django.db import migrations, models

FORWARD = """
CREATE VIEW market_listed_tick AS
SELECT instrument_key || ' ' || source || ' ' || event_id AS key,
       instrument_key, at, source, event_id, price, size, bid, ask, sequence, received_at, flags,
       remarks
FROM market_tick
"""
BACKWARD = "DROP VIEW market_listed_tick"


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0007_listed_bar_says_what_it_misses"),
    ]

    operations = [
        migrations.RunSQL(
            FORWARD,
            BACKWARD,
            state_operations=[
                migrations.CreateModel(
                    name="ListedTick",
                    fields=[
                        ("key", models.TextField(primary_key=True, serialize=False)),
                        (
                            "instrument_key",
                            models.CharField(max_length=40, verbose_name="instrument"),
                        ),
                        ("at", models.DateTimeField()),
                        ("source", models.CharField(max_length=40)),
                        ("event_id", models.CharField(max_length=80, verbose_name="event")),
                        ("price", models.FloatField(null=True)),
                        ("size", models.FloatField(null=True)),
                        ("bid", models.FloatField(null=True)),
                        ("ask", models.FloatField(null=True)),
                        ("sequence", models.BigIntegerField(null=True)),
                        ("received_at", models.DateTimeField()),
                        (
                            "flags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20), size=None
                            ),
                        ),
                        (
                            "remarks",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20), size=None
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tick",
                        "verbose_name_plural": "ticks",
                        "db_table": "market_listed_tick",
                        "ordering": ["-instrument_key", "-at", "-source", "-event_id"],
                        "managed": False,
                    },
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="tick",
            index=models.Index(
                condition=models.Q(("flags", []), _negated=True),
                fields=["instrument_key", "at"],
                name="flagged_ticks",
            ),
        ),
    ]
