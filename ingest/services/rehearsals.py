"""Remember that somebody tested a producer, and with which result."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from accounts.principals import principal_of
from ingest.models import Producer
from ingest.services.producers import NoSuchProducer


def require_own(producer: Producer, *, acting_user: User) -> None:
    """Accept an operator of the producer's tenant.

    Raises
    ------
    RoleRequired, NoSuchProducer
    """
    principal = principal_of(acting_user)
    principal.require_role(Role.OPERATOR)
    if producer.tenant_id != principal.tenant_id:
        raise NoSuchProducer()


@transaction.atomic
def record_rehearsal(producer: Producer, *, broken: str, acting_user: User, now: datetime) -> None:
    """Audit a test signal, of which nothing else is kept; ``broken`` is the step that failed.

    Raises
    ------
    RoleRequired, NoSuchProducer
    """
    require_own(producer, acting_user=acting_user)
    audit.record(
        "producer_tested",
        producer,
        chain=producer.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={"producer_id": producer.producer_id, "passed": not broken, "broken": broken},
    )
