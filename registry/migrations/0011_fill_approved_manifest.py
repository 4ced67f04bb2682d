from typing import Any

from django.db import migrations

from common.canonical import digest

APPROVED = ["approved", "published", "deprecated", "withdrawn"]


def fill(apps: Any, schema_editor: Any) -> None:
    """Name the manifest of every approval: since its submission it could not change."""
    versions = apps.get_model("registry", "ScriptVersion").objects
    approved = versions.filter(status__in=APPROVED, approved_manifest_sha256="")
    for version in approved.only("manifest").iterator():
        versions.filter(pk=version.pk).update(approved_manifest_sha256=digest(version.manifest))


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_approved_manifest")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
