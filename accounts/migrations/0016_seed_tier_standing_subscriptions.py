from django.db import migrations

ALLOWED = {"free": 100, "standard": 500, "premium": 2000, "enterprise": 10000}


def seed(apps, schema_editor):
    tiers = apps.get_model("accounts", "Tier")
    for name, allowed in ALLOWED.items():
        tiers.objects.filter(name=name).update(standing_subscriptions=allowed)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_tier_standing_subscriptions")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
