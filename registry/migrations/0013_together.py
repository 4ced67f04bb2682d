from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_entitlement_grantees"),
        ("registry", "0009_repaints_label_is_fixed"),
        ("registry", "0012_personal_alias"),
    ]
    operations = []
