from django.db import migrations

from common.row_scope import protect


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0008_deliveries_are_their_owners"),
        ("execution", "0011_holds"),
    ]
    operations = [
        migrations.RunSQL(*protect("execution_hold", "tenant_id = ANY (row_scope_tenants())"))
    ]
