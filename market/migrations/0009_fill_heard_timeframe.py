from django.db import migrations

# From each timeframe straight to the next one in the key, and to its newest bar, instead of through
# all the bars. When that bar came is not known: of a live market, about when it closed.
FORWARD = """
    INSERT INTO market_heardtimeframe
        (instrument_key, timeframe, opened_at, heard_until, heard_at)
    WITH RECURSIVE named (instrument_key, timeframe) AS (
        SELECT key, (SELECT min(timeframe) FROM market_bar WHERE instrument_key = key)
        FROM market_instrument
        UNION ALL
        SELECT instrument_key,
               (SELECT min(b.timeframe) FROM market_bar b
                WHERE b.instrument_key = named.instrument_key AND b.timeframe > named.timeframe)
        FROM named WHERE timeframe IS NOT NULL
    )
    SELECT instrument_key, timeframe, newest.opened_at, newest.closes_at, newest.closes_at
    FROM named CROSS JOIN LATERAL (
        SELECT opened_at, closes_at FROM market_bar b
        WHERE b.instrument_key = named.instrument_key AND b.timeframe = named.timeframe
        ORDER BY opened_at DESC LIMIT 1
    ) AS newest
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("market", "0008_heard_timeframe")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
