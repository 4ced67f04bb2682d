from django.db import migrations, models

FORWARD = """
CREATE VIEW market_listed_bar AS
SELECT instrument_key || ' ' || timeframe || ' ' || extract(epoch FROM opened_at)::bigint AS key,
       instrument_key, timeframe, opened_at, closes_at, open, high, low, close, volume
FROM market_bar
"""
BACKWARD = "DROP VIEW market_listed_bar"


class Migration(migrations.Migration):
    dependencies = [("market", "0001_initial")]
    operations = [
        migrations.RunSQL(
            FORWARD,
            BACKWARD,
            state_operations=[
                migrations.CreateModel(
                    name="ListedBar",
                    fields=[
                        ("key", models.TextField(primary_key=True, serialize=False)),
                        (
                            "instrument_key",
                            models.CharField(max_length=40, verbose_name="instrument"),
                        ),
                        ("timeframe", models.CharField(max_length=8)),
                        ("opened_at", models.DateTimeField()),
                        ("closes_at", models.DateTimeField()),
                        ("open", models.FloatField()),
                        ("high", models.FloatField()),
                        ("low", models.FloatField()),
                        ("close", models.FloatField()),
                        ("volume", models.FloatField()),
                    ],
                    options={
                        "verbose_name": "bar",
                        "verbose_name_plural": "bars",
                        "db_table": "market_listed_bar",
                        "ordering": ["-instrument_key", "-timeframe", "-opened_at"],
                        "managed": False,
                    },
                ),
            ],
        ),
    ]
