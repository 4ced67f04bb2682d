from django.db import migrations

FORWARD = """
ALTER TABLE registry_scriptversion ADD CONSTRAINT source_sha256_is_of_the_source
    CHECK (source_sha256 = encode(sha256(convert_to(source, 'UTF8')), 'hex'));
"""
BACKWARD = "ALTER TABLE registry_scriptversion DROP CONSTRAINT source_sha256_is_of_the_source;"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
