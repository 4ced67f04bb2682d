from django.db import migrations

from common.row_scope import protect

SEEN = (
    "chain = 'platform' OR chain IN "
    "(SELECT t.slug FROM accounts_tenant t WHERE t.id = ANY (row_scope_tenants()))"
)


class Migration(migrations.Migration):
    dependencies = [("signalhub", "0001_row_security"), ("accounts", "0011_audit_heads")]
    operations = [migrations.RunSQL(*protect("accounts_audithead", SEEN))]
