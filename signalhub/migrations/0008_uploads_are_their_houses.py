from django.db import migrations

from common.row_scope import protect

SEEN = "row_scope_shares_house(row_scope_user(), uploaded_by_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0008_holds_are_their_houses"),
        ("market", "0006_uploads"),
    ]
    operations = [migrations.RunSQL(*protect("market_upload", SEEN))]
