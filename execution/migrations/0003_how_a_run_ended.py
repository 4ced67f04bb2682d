from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("execution", "0002_capsules")]

    operations = [
        migrations.AddField(
            model_name="execution",
            name="bytes_out",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="execution",
            name="exit",
            field=models.CharField(
                blank=True,
                help_text="How the script's process ended, as the kernel says.",
                max_length=60,
            ),
        ),
    ]
