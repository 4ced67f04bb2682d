from django.db import migrations

from accounts.history import DROP_FUNCTION, FUNCTION, keep_past_of


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_past_rows")]
    operations = [
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
        migrations.RunSQL(
            *keep_past_of(
                "accounts_membership",
                key="id",
                user="user_id",
                columns=["tenant_id", "user_id", "role"],
            )
        ),
        migrations.RunSQL(
            *keep_past_of(
                "accounts_teammembership",
                key="id",
                user="user_id",
                columns=["team_id", "user_id"],
            )
        ),
        migrations.RunSQL(
            *keep_past_of("accounts_user", key="id", user="id", columns=["is_active", "tier_id"])
        ),
        migrations.RunSQL(
            *keep_past_of("accounts_tier", key="name", user="", columns=["name", "features"])
        ),
    ]
