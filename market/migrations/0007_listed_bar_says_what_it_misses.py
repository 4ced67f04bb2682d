from django.db import migrations, models

COLUMNS = "instrument_key, timeframe, opened_at, closes_at, open, high, low, close, volume"
VIEW = """
CREATE {replace} VIEW market_listed_bar AS
SELECT instrument_key || ' ' || timeframe || ' ' || extract(epoch FROM opened_at)::bigint AS key,
       {columns}
FROM market_bar
"""
FORWARD = VIEW.format(replace="OR REPLACE", columns=f"{COLUMNS}, known_at, missing")
BACKWARD = "DROP VIEW market_listed_bar;" + VIEW.format(replace="", columns=COLUMNS)


class Migration(migrations.Migration):
    dependencies = [("market", "0006_uploads")]
    operations = [
        migrations.RunSQL(
            FORWARD,
            BACKWARD,
            state_operations=[
                migrations.AddField(
                    "ListedBar", "known_at", models.DateTimeField("corrected", null=True)
                ),
                migrations.AddField("ListedBar", "missing", models.PositiveIntegerField(null=True)),
            ],
        ),
    ]
