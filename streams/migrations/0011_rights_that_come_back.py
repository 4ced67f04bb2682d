from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("streams", "0010_questions_to_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="following",
            name="look_again_at",
            field=models.DateTimeField(
                editable=False,
                help_text="When to see whether it is back; none: no more.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="following",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("look_again_at", None), ("ended_at__isnull", False), _connector="OR"
                ),
                name="only_what_ended_is_looked_at_again",
            ),
        ),
        migrations.AddIndex(
            model_name="following",
            index=models.Index(
                condition=models.Q(("look_again_at__isnull", False)),
                fields=["look_again_at"],
                name="followings_to_look_at_again",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="kind",
            field=models.CharField(
                choices=[
                    ("single", "one output"),
                    ("digest", "digest"),
                    ("ended", "end of a right"),
                    ("test", "test"),
                    ("notice", "notice to the owner"),
                    ("confirmation", "question to an address"),
                ],
                max_length=12,
            ),
        ),
    ]
