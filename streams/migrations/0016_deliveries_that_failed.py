from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("streams", "0015_replays_wait_for_one_another")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["destination"],
                condition=Q(state="failed", kind__in=["single", "digest"]),
                name="deliveries_that_failed",
            ),
        ),
    ]
