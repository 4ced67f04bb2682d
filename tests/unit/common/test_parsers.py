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


@pytest.mark.parametrize(
    "path", ["/scripts", "/api/v2/scripts", "/api/v2/market/ticks", "/api/v2/market/bars"]
)
@pytest.mark.parametrize(
    "body",
    [
        r'{"\ud800": 1}',
        r'{"ticks": [{"instrument": "IBM", "\udfff": 1}], "bars": [[{"a\ud800": 1}]]}',
    ],
    ids=["name", "deep"],
)
def test_half_of_a_surrogate_pair_is_no_name_wherever_it_stands(
    path: str, body: str, ada: User
) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(ada)

    reply = client.post(path, body, content_type="application/json")

    assert reply.status_code == 400
    assert reply.json()["code"] == "malformed_request"
    assert "half of a surrogate pair" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/scripts", r'{"name": "\udc00\ud800"}', "name"),
        ("/api/v2/admin/holds", r'{"kind": "\ud800", "reason": "x"}', "kind"),
        ("/scripts", r'"\ud800"', "body"),
    ],
    ids=["text", "choice", "alone"],
)
def test_half_of_a_surrogate_pair_in_a_value_is_refused_by_its_field(
    path: str, body: str, field: str, olga: User
) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(olga)

    reply = client.post(path, body, content_type="application/json")

    assert reply.status_code == 422
    assert field in [error["field"] for error in reply.json()["errors"]]


def test_a_whole_surrogate_pair_is_a_character(ada: User) -> None:
    client = APIClient()
    client.force_authenticate(ada)

    reply = client.post("/scripts", r'{"\ud83d\ude00": 1}', content_type="application/json")

    assert "\U0001f600" in [error["field"] for error in reply.json()["errors"]]
