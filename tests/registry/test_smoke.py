from tests import factories
from registry import access, queries
import pytest
def test_smoke(ada, rita, sam, mallory):
    v = factories.make_published_version(ada, rita)
    assert queries.read_source(v) == factories.SOURCE
    factories.make_entitlement(v.script, sam)
    assert access.may_access(sam, v.script, at=factories.NOON)
    assert not access.may_access(mallory, v.script, at=factories.NOON)
    assert access.lock_access(sam, v.script, at=factories.NOON)
    w = factories.publish_next_version(v.script, rita, source="x=1")
    assert queries.published_version(v.script).version == "1.1.0"
