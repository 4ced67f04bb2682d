from django.db import migrations, models
from django.db.models import F, Q

APPROVED = ["approved", "deprecated", "published", "withdrawn"]
RELEASED = ["deprecated", "published", "withdrawn"]


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_fill_approved_manifest")]

    operations = [
        migrations.RemoveConstraint(
            model_name="scriptversion", name="approved_versions_are_what_was_reviewed"
        ),
        migrations.AddConstraint(
            model_name="scriptversion",
            constraint=models.CheckConstraint(
                condition=~Q(status__in=APPROVED)
                | Q(
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    approved_sha256=F("source_sha256"),
                )
                & ~Q(approved_manifest_sha256=""),
                name="approved_versions_are_what_was_reviewed",
            ),
        ),
        migrations.AddConstraint(
            model_name="scriptversion",
            constraint=models.CheckConstraint(
                condition=Q(status__in=APPROVED)
                | Q(
                    approved_by=None,
                    approved_at=None,
                    approved_sha256="",
                    approved_manifest_sha256="",
                ),
                name="only_approved_versions_name_an_approval",
            ),
        ),
        migrations.AddConstraint(
            model_name="scriptversion",
            constraint=models.CheckConstraint(
                condition=Q(status__in=RELEASED)
                | Q(published_by=None, published_at=None, object_key=""),
                name="only_published_versions_name_a_publication",
            ),
        ),
    ]
