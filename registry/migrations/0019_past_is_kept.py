from django.db import migrations

from accounts.history import keep_past_of


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0018_remote_products"),
        ("accounts", "0010_past_is_kept"),
    ]
    operations = [
        migrations.RunSQL(
            *keep_past_of(
                "registry_script",
                key="id",
                user="",
                columns=["tenant_id", "owner_id", "current_version_id"],
            )
        ),
    ]
