import pytest
from rest_framework.test import APIClient

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_json_that_nests_too_deeply_is_the_callers_mistake(ada: User) -> None:
    client = APIClient()
    client.force_authenticate(ada)

    reply = client.post("/scripts", "[" * 100_000, content_type="application/json")

    assert reply.status_code == 400
    assert reply.json()["code"] == "malformed_request"
