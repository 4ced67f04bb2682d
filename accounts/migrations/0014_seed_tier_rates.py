from django.db import migrations

COLUMNS = ("executions_per_minute", "executions_waiting", "reads_per_minute")
RATES = {
    "free": (30, 10, 600),
    "standard": (90, 25, 1800),
    "premium": (300, 100, 6000),
    "enterprise": (1000, 500, 20000),
}


def seed(apps, schema_editor):
    tiers = apps.get_model("accounts", "Tier")
    for name, numbers in RATES.items():
        tiers.objects.filter(name=name).update(**dict(zip(COLUMNS, numbers, strict=True)))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_tier_rates")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
