from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("streams", "0013_streams_made_on_demand")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["destination", "created_at"],
                condition=Q(kind="single", reason=""),
                name="deliveries_one_by_one",
            ),
        ),
    ]
