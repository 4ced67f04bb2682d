"""Look into a request that somebody pasted: for operators of the producer's own tenant, audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from accounts.principals import principal_of
from common.encryption import Undecryptable
from common.errors import InvalidInput
from ingest.examinations import CURRENT, PREVIOUS, Case, examine
from ingest.models import Producer, Signal
from ingest.pasted_requests import PastedRequest
from ingest.producer_secrets import readable_secrets, valid_secrets
from ingest.signature_doctor import Diagnosis, Finding
from ingest.signatures import PRODUCER_HEADER

NEIGHBOURS_TRIED = 20
ADDRESS = "/api/v1/signals/from/"


class NobodyNamed(InvalidInput):
    """The request names no producer of your organisation; choose the one that it is about."""

    code = "nobody_named"


class NothingPasted(InvalidInput):
    """There is no body: paste it after an empty line below the headers, or give it as a file."""

    code = "nothing_pasted"


class Inspect(Protocol):
    """What the door says of content; it knows how signals are written, as services do not."""

    def __call__(
        self, producer: Producer, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> list[Finding]: ...


@transaction.atomic
def examine_request(
    request: PastedRequest,
    *,
    producer: Producer | None,
    received_at: datetime | None,
    inspect: Inspect,
    inspect_size: Callable[[bytes], Finding],
    acting_user: User,
    now: datetime,
) -> Diagnosis:
    """Say why the door refuses a request, or that it does not.

    Nothing of the request is kept. The audit tells who asked about whom, and which rule failed.

    Raises
    ------
    RoleRequired, NobodyNamed, NothingPasted, Undecryptable
    """
    principal = principal_of(acting_user)
    principal.require_role(Role.OPERATOR)
    own = Producer.objects.filter(tenant=principal.tenant_id).select_related("tenant")
    chosen = own.filter(producer_id=producer.producer_id if producer else _named(request)).first()
    if chosen is None:
        raise NobodyNamed(field="producer")
    if request.body is None:
        raise NothingPasted(field="request")
    case = Case(
        producer=chosen,
        secrets=list(zip((CURRENT, PREVIOUS), readable_secrets(chosen), strict=False)),
        neighbours=_keys_of([other for other in own if other.pk != chosen.pk]),
        request=request,
        body=request.body,
        now=now,
        received_at=received_at or now,
        window=timedelta(seconds=settings.HMAC_CLOCK_SKEW_SECONDS),
        is_stored=lambda digest: Signal.objects.filter(producer=chosen, mac_digest=digest).exists(),
    )
    diagnosis = examine(case)
    content = inspect(chosen, request.joined_headers(), case.body, now=case.received_at)
    diagnosis.findings = [inspect_size(case.body), *diagnosis.findings, *content]
    _record(diagnosis, chosen, case.body, acting_user=acting_user, now=now)
    return diagnosis


def _named(request: PastedRequest) -> str:
    named = request.joined_headers().get(PRODUCER_HEADER.lower(), "")
    return named or request.target.partition("?")[0].rpartition(ADDRESS)[2]


def _keys_of(producers: list[Producer]) -> list[tuple[str, bytes]]:
    found = []
    for producer in producers[:NEIGHBOURS_TRIED]:
        try:
            found += [(producer.producer_id, key) for key in valid_secrets(producer)]
        except Undecryptable:
            continue  # it cannot have signed anything that is accepted either
    return found


def _record(
    diagnosis: Diagnosis, producer: Producer, body: bytes, *, acting_user: User, now: datetime
) -> None:
    first = diagnosis.first_broken
    audit.record(
        "signature_examined",
        producer,
        chain=producer.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            "producer_id": producer.producer_id,
            "refused_for": first.code if first else "",
            "signature_matches": diagnosis.matches,
            "signature_told": any(expected.whole for expected in diagnosis.expected),
            "body_bytes": len(body),
        },
    )
