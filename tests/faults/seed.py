"""Prepares an empty database for a fault run, and prints as JSON what the run has to know.

Run as a program of its own: ``python -m tests.faults.seed PRODUCERS``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django
from django.core.management import call_command


def main(producers: int) -> None:
    """Migrate, and make a house with an operator, a subscriber and some producers."""
    os.environ["DATABASE_SCOPE"] = "platform"
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    print(json.dumps(seed(producers)))


def seed(producers: int) -> dict[str, Any]:
    """Return the producers' secrets and the subscriber's key."""
    # Models can be imported from here on.
    from accounts.models import Role
    from accounts.services.api_keys import issue_api_key
    from common.clock import utc_now
    from ingest.services.producers import create_producer
    from tests import factories

    house = factories.make_tenant("Alpha Desk")
    olga = factories.make_user("olga", tenant=house, roles=[Role.OPERATOR])
    sam = factories.make_user("sam", tenant=house, roles=[Role.SUBSCRIBER])
    made = [
        create_producer(f"sender-{number}", acting_user=olga, now=utc_now())
        for number in range(producers)
    ]
    _, token = issue_api_key(sam, name="fault run", acting_user=sam, now=utc_now())
    return {
        "producers": {producer.producer_id: secret for producer, secret in made},
        "token": token,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
