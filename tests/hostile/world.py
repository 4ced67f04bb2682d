"""The small platform with a row of everything that has a page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.models import BrowserSession, Door, LockOut, Team, TeamMembership, User
from accounts.services.api_keys import issue_api_key
from accounts.services.tokens import revoke_token, start_family
from common.clock import utc_now
from execution.models import (
    AlertKind,
    DeadLetter,
    Drain,
    Execution,
    ExecutionStatus,
    Hold,
    RealtimePlan,
    ScalingAdvice,
    Trial,
    TrialStatus,
)
from execution.scheduling.scaling import Action, Urgency
from execution.services.alerts import raise_alert
from gateway.models import DataAccess
from ingest.models import Signal
from ingest.services.producers import create_producer
from market.models import BarRevision, ReplayFeed, Upload
from market.services.replay import prepare_us_equities
from market.services.ticks import record_ticks
from market.ticks import NewTick
from registry.models import (
    DraftAutosave,
    HistoryRun,
    Product,
    ProductSubscription,
    RemoteImport,
    ReviewComment,
    ScriptVersion,
    VersionBehaviour,
    VersionScreening,
)
from registry.services import drafts, review
from registry.services.suspension import suspend_version
from streams.models import LeakSearch, LeakVerdict, Stream
from tests import factories
from tests.api.world import World, make_world
from tests.factories import NOON
from tests.hostile.texts import PAYLOADS

HOSTILE_SOURCE = "\n".join(f"# {line!r}" for line in PAYLOADS) + "\nemit_signal({'value': 1})\n"
HOSTILE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": PAYLOADS[0],
    "description": PAYLOADS[1],
    "properties": {
        "</script><b data-hostile>": {
            "type": "string",
            "title": PAYLOADS[4],
            "description": PAYLOADS[6],
            "enum": [PAYLOADS[2], PAYLOADS[5]],
            "default": PAYLOADS[2],
        }
    },
}
MANIFEST = {"input_schema": HOSTILE_SCHEMA, "output_schema": {"title": PAYLOADS[3]}}


def make_hostile_world() -> World:
    """Build the platform, with scripts whose source and schemas are hostile themselves."""
    return furnish(make_world(), {"source": HOSTILE_SOURCE, "manifest": MANIFEST})


def furnish(world: World, given: dict[str, Any], *, producer: str = "north") -> World:
    """Add to a house a row of everything that has a page; ``given`` are parts of its scripts."""
    ada, rita = world.people["ada"], world.people["rita"]
    for name in ("draft", "to submit"):
        drafts.edit_draft(world.scripts[name], **given, acting_user=ada, now=NOON)
    published = factories.make_published_version(ada, rita, name="Hostile", **given)
    waiting = factories.make_submitted_version(ada, name="Hostile waiting", **given)
    factories.record_evidence(waiting)
    world.scripts["hostile"] = published.script
    world.scripts["hostile waiting"] = waiting.script
    review.request_changes(
        factories.make_submitted_version(ada, name="Sent back", **given),
        note="No.",
        acting_user=rita,
        now=NOON,
    )
    for version in ScriptVersion.objects.filter(script__owner=ada):
        _about(version, rita)
    _people(world)
    _runs(world)
    _elsewhere(world)
    _signals(world, producer)
    _prices(world)
    _machines(world)
    return world


def _about(version: ScriptVersion, rita: User) -> None:
    VersionScreening.objects.update_or_create(
        version=version,
        defaults={
            "source_sha256": version.source_sha256,
            "findings": [
                {
                    "category": "reach",
                    "level": "danger",
                    "rule": "import",
                    "line": 1,
                    "message": "m",
                    "excerpt": "e",
                }
            ],
            "facts": {"modules": ["m"], "reads": ["r"], "functions": ["f"]},
            "worst_level": "danger",
            "rules_sha256": "0" * 64,
            "requested_at": NOON,
            "screened_at": NOON,
            "problem": "p",
        },
    )
    ReviewComment.objects.create(
        version=version,
        author=rita,
        line=1,
        line_text="text",
        source_sha256=version.source_sha256,
        text="text",
        created_at=NOON,
    )
    HistoryRun.objects.create(
        version=version,
        source_sha256=version.source_sha256,
        manifest_sha256=version.manifest_sha256,
        problem="p",
        ended_at=NOON,
    )
    VersionBehaviour.objects.create(
        version=version,
        runs=1,
        outcomes={"completed": 1},
        limits_hit={},
        reads={"market_data": 1},
        calls=1,
        most_memory_mb=1,
        most_cpu_ms=1,
        most_duration_ms=1,
        updated_at=NOON,
    )


def _people(world: World) -> None:
    sam = world.people["sam"]
    team = Team.objects.create(tenant=world.scripts["draft"].tenant, name="Team", created_at=NOON)
    TeamMembership.objects.create(team=team, user=sam, created_at=NOON)
    issue_api_key(sam, name="bot", acting_user=sam, now=NOON)
    _signed_in(sam)
    own = User.objects.filter(pk__in=[user.pk for user in world.people.values()])
    own.update(first_name="First", last_name="Last", email="a@b.example")
    draft = world.scripts["draft"]
    DraftAutosave.objects.create(
        script=draft,
        typed=json.dumps(
            {"name": PAYLOADS[0], "description": PAYLOADS[1], "source": draft.versions.get().source}
        ),
        problem="p",
        saved_at=NOON,
    )


def _signed_in(sam: User) -> None:
    revoke_token(start_family(sam, client="curl", now=utc_now()).access, now=utc_now())
    start_family(sam, client="curl", now=utc_now())
    LockOut.objects.create(
        key=f"{sam.pk:064}",
        door=Door.PERSON,
        user=sam,
        address="192.0.2.1",
        failures=1,
        began_at=NOON,
    )
    BrowserSession.objects.create(
        session_key=f"{sam.pk:032}",
        user=sam,
        browser="b",
        expire_date=utc_now() + timedelta(days=1),
    )


def _runs(world: World) -> None:
    output = {"value": {"a": "b"}, "timestamp": NOON.isoformat(), "metadata": {"note": "n"}}
    runs = Execution.objects.filter(user=world.people["sam"])
    runs.update(
        status=ExecutionStatus.FAILED,
        outcome="script_raised",
        error={"code": "script_raised", "message": "m", "line": 1},
        outputs=[output],
        log=["line"],
        started_at=NOON,
        finished_at=NOON,
    )
    version = world.scripts["draft"].versions.get()
    Trial.objects.create(
        version=version,
        purpose="author",
        source=version.source,
        source_sha256=version.source_sha256,
        manifest=version.manifest,
        instrument_key="AAPL",
        timeframe="1d",
        bars=30,
        requested_by=world.people["ada"],
        requested_at=NOON,
        status=TrialStatus.COMPLETED,
        finished_at=NOON,
        outputs=[{**output, "bar": NOON.isoformat()}],
        plots=[{"name": "n", "points": [[NOON.isoformat(), 1.0]]}],
        log=["line"],
        usage={"runs": 1, "cpu_ms": 1, "wall_ms": 1, "memory_mb": 1, "calls": 1},
    )
    with transaction.atomic():
        raise_alert(AlertKind.VIOLATION, world.submitted, "m", now=NOON)
        raise_alert(AlertKind.QUARANTINE, f"machine-{world.execution_id[-6:]}", "m", now=NOON)
    Hold.objects.create(  # a lifted one: nothing is to stop here
        kind="author",
        target=str(world.people["ada"].pk),
        target_name="n",
        tenant=world.scripts["draft"].tenant,
        reason="r",
        placed_by=world.people["ada"],
        placed_at=NOON,
        lifted_by=world.people["ada"],
        lifted_at=NOON,
    )
    execution = runs.get()
    DeadLetter.objects.create(
        kind="execution", execution=execution, reason="m", attempts=3, created_at=NOON
    )
    ran = execution.version
    suspended = world.scripts["hostile"].versions.get()
    suspend_version(suspended, reason="r", execution_id=execution.pk, now=NOON)
    RealtimePlan.objects.create(
        version=ran, instrument_key="AAPL", timeframe="1d", params={"a": "b"}, params_sha256="0"
    )
    DataAccess.objects.create(
        user=world.people["sam"],
        execution_id=execution.pk,
        kind="market_data",
        request={"instrument": "i"},
        as_of=NOON,
        at=NOON,
        refusal="not_readable",
        refusal_message="m",
        position=1,
        rows=0,
    )


def _elsewhere(world: World) -> None:
    """What another marketplace offers, and what was taken over from there."""
    product = world.products["unlisted"]
    Product.objects.filter(pk=product.pk).update(external_id=f"remote-{product.pk}")
    bought = ProductSubscription.objects.filter(pk=world.product_subscription.pk)
    bought.update(external_id=f"remote-{world.product_subscription.pk}")
    version = world.scripts["hostile waiting"].versions.get()
    RemoteImport.objects.create(
        version=version,
        product=product,
        remote_version="1",
        source_sha256=version.source_sha256,
        metadata={"note": "n"},
        imported_by=world.people["ada"],
        imported_at=NOON,
    )


def _prices(world: World) -> None:
    """What came in of prices: a file, and a tick and better numbers, which are everybody's."""
    Upload.objects.create(
        kind="ticks",
        name="ticks.csv",
        size_bytes=1,
        sha256="0" * 64,
        uploaded_by=world.people["olga"],
        uploaded_at=NOON,
        state="failed",
        problem="p",
        errors=[{"row": 1, "field": "at", "message": "m"}],
    )
    record_ticks(
        [NewTick(instrument_key="AAPL", at=NOON, source="feed", event_id="1", price=-1.0)], now=NOON
    )
    BarRevision.objects.create(
        instrument_key="AAPL",
        timeframe="1d",
        opened_at=NOON - timedelta(days=1),
        closes_at=NOON,
        open=1.0,
        high=1.0,
        low=1.0,
        close=1.0,
        volume=1.0,
        known_at=NOON,
        superseded_at=NOON,
        recorded_at=NOON,
        source="correction",
        reason="r",
    )


def _machines(world: World) -> None:
    """What became of the machines: one that is drained, and an advice to have more of them."""
    Drain.objects.create(
        machine=f"machine-{world.execution_id[-6:]}",
        reason="r",
        placed_by=world.people["olga"],
        placed_at=NOON,
    )
    ScalingAdvice.objects.create(
        at=NOON,
        action=Action.UP,
        urgency=Urgency.HIGH,
        score=0.9,
        confidence=1.0,
        pods=1,
        recommended_pods=2,
        reason="r",
    )


def _signals(world: World, producer_id: str) -> None:
    olga = world.people["olga"]
    producer, _ = create_producer(producer_id, acting_user=olga, now=NOON)
    Signal.objects.create(
        producer=producer,
        instrument="AAPL",
        side=0,
        time=NOON,
        payload={"note": "n"},
        created_at=NOON,
        updated_at=NOON,
        mac_digest=b"0" * 32,
    )
    if not ReplayFeed.objects.exists():
        prepare_us_equities(bars_per_second=1, acting_user=None, now=NOON)
    LeakSearch.objects.create(
        product=world.products["listed"],
        stream=Stream.objects.filter(script=world.scripts["published"]).first(),
        searched_by=world.people["ada"],
        searched_at=NOON,
        verdict=LeakVerdict.values[0],
        rows=1,
        matched=1,
        marked=1,
        needed=1,
        compared=1,
        suspects=[],
    )
