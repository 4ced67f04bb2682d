from django.db import migrations

from common.row_scope import protect

NOBODY = "false"  # counted over all users by the platform alone


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0020_what_operators_leave_behind"),
        ("streams", "0010_questions_to_addresses"),
    ]
    operations = [migrations.RunSQL(*protect("streams_addressquestion", NOBODY))]
