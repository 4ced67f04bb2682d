from django.db import migrations

COLUMNS = (
    "connections",
    "subscriptions_per_connection",
    "requests_per_minute",
    "messages_per_minute",
    "subscribes_per_10_seconds",
    "burst_per_5_seconds",
    "run_memory_mb",
    "run_cpu_seconds",
    "run_wall_seconds",
    "run_log_lines",
)
TIERS = {
    "free": (20, 5, 60, 500, 3, 25, 256, 2, 5, 50),
    "standard": (50, 15, 180, 1500, 8, 75, 256, 5, 10, 100),
    "premium": (200, 50, 600, 5000, 20, 200, 512, 10, 20, 200),
    "enterprise": (1000, 200, 2000, 20000, 50, 500, 512, 15, 30, 500),
}


def seed(apps, schema_editor):
    tiers = apps.get_model("accounts", "Tier")
    for name, numbers in TIERS.items():
        tiers.objects.get_or_create(name=name, defaults=dict(zip(COLUMNS, numbers, strict=True)))


def unseed(apps, schema_editor):
    apps.get_model("accounts", "Tier").objects.filter(name__in=TIERS).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_tier")]
    operations = [migrations.RunPython(seed, unseed)]
