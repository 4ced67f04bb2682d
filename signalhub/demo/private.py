"""What a house keeps to itself: a row of everything, with the house's canary in every text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Team, Tenant, User
from accounts.services import teams
from common.clock import utc_now
from execution.models import Execution, Trial
from execution.services.requests import RunRequest, request_run
from execution.services.subscriptions import subscribe
from execution.services.trials import request_trial
from ingest.api.django_connection import ask
from ingest.authentication import Origin
from ingest.dialogue import hold
from ingest.models import Producer, Side, Signal
from ingest.services.acceptance import NewSignal, accept_signal
from ingest.services.producers import create_producer
from registry import access
from registry.models import Script, ScriptVersion
from registry.services import comments, entitlements
from signalhub.demo import products, scripts
from streams.publishing import NewOutput, publish_outputs, stream_for

INSTRUMENT = "AAPL"
SOURCE = """# {canary}
bars = get_market_data(bars=20)
emit_signal({{"value": float(bars["close"].mean()), "metadata": {{"note": "{canary}"}}}})
"""


@dataclass(frozen=True, kw_only=True)
class Keepers:
    """The people of one house."""

    author: User
    reviewer: User
    subscriber: User
    operator: User


def keep(tenant: Tenant, keepers: Keepers, canary: str) -> Script:
    """Make a house's private rows, or find those that are there; return its private script."""
    now = utc_now()
    script = _script(keepers, canary)
    if not access.may_access(keepers.subscriber, script, at=now):
        entitlements.grant(
            script, keepers.subscriber, reason=canary, acting_user=keepers.author, now=now
        )
    products.keep_private(script, canary)
    _team(tenant, keepers, canary, now=now)
    _signal(tenant, keepers.operator, canary, now=now)
    _output(script, canary, now=now)
    request = RunRequest(instrument_key=INSTRUMENT)
    subscribe(script, request, acting_user=keepers.subscriber, now=now)
    _runs(script, request, keepers, now=now)
    return script


def _script(keepers: Keepers, canary: str) -> Script:
    name = f"Private {canary}"
    script = Script.objects.filter(owner=keepers.author, name=name).first()
    if script is not None and script.current_version is not None:
        return script

    def remark(version: ScriptVersion) -> None:
        comments.add_comment(
            version,
            line=1,
            text=canary,
            source_sha256=version.source_sha256,
            acting_user=keepers.reviewer,
            now=utc_now(),
        )

    return scripts.publish(
        {
            "name": name,
            "description": canary,
            "source": SOURCE.format(canary=canary),
            "manifest": _manifest(canary),
            "release_note": canary,
        },
        author=keepers.author,
        reviewer=keepers.reviewer,
        note=canary,
        on_submission=remark,
    )


def _manifest(canary: str) -> dict[str, Any]:
    return {
        "runtime_mode": "realtime",
        "timeframe": "1d",
        "input_schema": {"type": "object", "description": canary},
    }


def _team(tenant: Tenant, keepers: Keepers, canary: str, *, now: datetime) -> None:
    if not Team.objects.filter(tenant=tenant, name=canary).exists():
        team = teams.create_team(tenant, name=canary, acting_user=keepers.operator, now=now)
        teams.set_team_members(team, [keepers.subscriber], acting_user=keepers.operator, now=now)


def _signal(tenant: Tenant, operator: User, canary: str, *, now: datetime) -> None:
    producer_id = f"{tenant.slug}-kept"
    producer = Producer.objects.filter(producer_id=producer_id).first()
    if producer is None:
        producer, _ = create_producer(producer_id, acting_user=operator, now=now)
    if not Signal.objects.filter(producer=producer).exists():
        signal = NewSignal(
            instrument=INSTRUMENT, side=Side.BUY, time=now, payload={"note": canary}, version=1
        )
        origin = Origin(producer=producer, mac_digest=producer_id.encode().ljust(32, b"0"))
        hold(accept_signal(signal, origin=origin, now=now), ask)


def _output(script: Script, canary: str, *, now: datetime) -> None:
    stream = stream_for(script, INSTRUMENT, "1d", {"note": canary})
    if stream.seq == 0:
        with transaction.atomic():
            kept = NewOutput(value=1.0, timestamp=now, metadata={"note": canary})
            publish_outputs(stream, [kept])


def _runs(script: Script, request: RunRequest, keepers: Keepers, *, now: datetime) -> None:
    version = script.current_version
    assert version is not None
    if not Execution.objects.filter(user=keepers.subscriber, version=version).exists():
        request_run(script, request, acting_user=keepers.subscriber, now=now)
    if not Trial.objects.filter(version=version).exists():
        request_trial(version, instrument_key=INSTRUMENT, acting_user=keepers.author, now=now)
