from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_marketplace_policies_and_evidence"),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="checklist",
            field=models.JSONField(default=list, help_text="The points that the reviewer ticked."),
        ),
        migrations.AddField(
            model_name="reviewcomment",
            name="line_text",
            field=models.CharField(
                blank=True,
                help_text="What stood there: a later source is searched for it.",
                max_length=500,
            ),
        ),
        migrations.AddField(
            model_name="versionscreening",
            name="facts",
            field=models.JSONField(
                blank=True,
                help_text="modules, reads and functions; null when not known.",
                null=True,
            ),
        ),
    ]
