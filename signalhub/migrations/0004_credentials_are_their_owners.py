from django.db import migrations

from common.row_scope import protect

ME = "row_scope_user()"
POLICIES = {
    # Found by their secret in the platform's scope; listed by whose they are.
    "accounts_browsersession": f"user_id = {ME}",
    "accounts_tokenfamily": f"user_id = {ME}",
    "accounts_revokedtoken": f"user_id = {ME}",
    "accounts_secondfactor": f"user_id = {ME}",
    "accounts_recoverycode": f"user_id = {ME}",
    # Of an address alone, which belongs to no house, superusers know.
    "accounts_lockout": f"user_id IS NOT NULL AND row_scope_shares_house({ME}, user_id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0003_failures_are_their_producers"),
        ("accounts", "0012_identity"),
    ]
    operations = [migrations.RunSQL(*protect(table, seen)) for table, seen in POLICIES.items()]
