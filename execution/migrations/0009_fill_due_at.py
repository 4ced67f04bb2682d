from django.conf import settings
from django.db import migrations

# What was made before there were other triggers was made for a closed bar; whether it is paid for
# is told by its user's tier.
FORWARD = """
UPDATE execution_execution SET due_at = bar_opened_at WHERE plan_id IS NOT NULL;
UPDATE execution_execution e
SET priority = CASE WHEN u.tier_id = 'free' THEN 2 ELSE 1 END
FROM accounts_user u WHERE u.id = e.user_id AND e.kind = 'realtime';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0008_triggers"),
        ("accounts", "0006_user_tier"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
