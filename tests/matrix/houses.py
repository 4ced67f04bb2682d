"""Two houses with a row of everything, and a word in each of them that the other never reads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import models

from accounts.models import AuditEvent, Role, Tenant, Tier, User
from execution.models import Alert, Drain, ScalingAdvice
from market import models as market
from registry.models import ExecutionToken, Product, ProductSubscription, ProductUsage
from tests import factories
from tests.api.world import MANIFEST, SOURCE, House, World, make_world
from tests.hostile.texts import fields_of_people, write_everywhere
from tests.hostile.world import furnish
from tests.matrix.things import NOBODYS_NUMBER, admin_models, fillings, nobodys

CANARY = {"own": "cnry7alpha", "foreign": "cnry7beta"}
SOURCE_CANARY = {"own": "src7alpha", "foreign": "src7beta"}  # no buyer reads it either
# Rows that no house keeps to itself: prices, machines and tiers are the platform's, and what is
# sold or bought is known on both sides.
SHARED = (
    Tenant,
    Tier,
    market.Instrument,
    market.ListedBar,
    market.Tick,
    market.TickIdentity,
    market.TickCount,
    market.TickFeed,
    market.BarRevision,
    market.ReplayFeed,
    Drain,
    ScalingAdvice,
    ProductSubscription,
    ProductUsage,
    ExecutionToken,
)
# Everybody is shown who sells, and a seller who buys.
KNOWN_EVERYWHERE = ("ada", "mallory")


@dataclass(frozen=True, kw_only=True)
class Houses:
    """Both houses, and one person of each role that the first house knows."""

    own: World
    foreign: World
    people: dict[str, User | None]
    things: dict[str, dict[str, Any]]


def make_houses() -> Houses:
    """Build both houses; nobody of ``foreign`` has a right to anything of ``own`` but the buyer."""
    own = _house("own", producer="north", called={"mallory": "carol"})
    standing = _rows()
    foreign = _house(
        "foreign",
        producer="south",
        name="Beta House",
        elsewhere="Alpha Desk",
        called={
            "ada": "bea",
            "rita": "boris",
            "sam": "ben",
            "olga": "bo",
            "pia": "bia",
            "mallory": "quinn",
        },
    )
    people = _people(own)
    _write_canaries(standing, {"own": own, "foreign": foreign})
    for user in people.values():
        if user is not None:
            user.refresh_from_db()
    things = {
        "own": fillings(own, _one_of_each(standing, own=True)),
        "foreign": fillings(foreign, _one_of_each(standing, own=False)),
    }
    things["nobody"] = nobodys(things["own"])
    return Houses(own=own, foreign=foreign, people=people, things=things)


def _house(whose: str, *, producer: str, **about: Any) -> World:
    canary = CANARY[whose]
    schema = {**MANIFEST["input_schema"], "description": canary}
    given: dict[str, Any] = {
        "source": f"# {SOURCE_CANARY[whose]}\n{SOURCE}",
        "manifest": {**MANIFEST, "input_schema": schema},
    }
    return furnish(make_world(House(**about, **given)), given, producer=producer)


def _people(own: World) -> dict[str, User | None]:
    house, other = (Tenant.objects.get(name=name) for name in ("Alpha Desk", "Beta House"))
    every = (Role.AUTHOR, Role.REVIEWER, Role.OPERATOR, Role.SUBSCRIBER)
    root = User.objects.create_superuser("root", password=factories.PASSWORD)
    return {
        "anonymous": None,
        "outsider": factories.make_user("mallory", tenant=other, roles=every, is_staff=True),
        "buyer": own.people["mallory"],
        "colleague": own.people["pia"],
        "subscriber": own.people["sam"],
        "author": own.people["ada"],
        "reviewer": own.people["rita"],
        "operator": own.people["olga"],
        "administrator": factories.make_user(
            "adam", tenant=house, roles=[Role.ADMIN], is_staff=True
        ),
        "superuser": root,
    }


def _rows() -> set[tuple[str, Any]]:
    """Return what stands: what is added to it later belongs to the other house."""
    return {
        (model._meta.label, pk)
        for model in {*admin_models(), *(model for model, _ in fields_of_people())}
        for pk in model._default_manager.values_list("pk", flat=True)
    }


def _one_of_each(standing: set[tuple[str, Any]], *, own: bool) -> dict[str, Any]:
    """Return, for each model of the admin, the id of a row of the house."""
    found = {}
    for model in admin_models():
        rows = [row for row in model._default_manager.order_by("-pk") if not _is_public(row)]
        housed = [row for row in rows if ((model._meta.label, row.pk) in standing) is own]
        chosen = next(iter(housed or rows), None)
        found[f"{model._meta.app_label}_{model._meta.model_name}_id"] = (
            chosen.pk if chosen is not None else NOBODYS_NUMBER
        )
    return found


def _write_canaries(standing: set[tuple[str, Any]], worlds: dict[str, World]) -> None:
    known = {world.people[name].pk for world in worlds.values() for name in KNOWN_EVERYWHERE}
    homes = {
        user: whose
        for whose, name in (("own", "Alpha Desk"), ("foreign", "Beta House"))
        for user in User.objects.filter(memberships__tenant__name=name).values_list("pk", flat=True)
    }

    numbers = count(1)  # some of these texts are unique to their owner

    def text_of(row: models.Model, field: models.Field[Any, Any]) -> str | None:
        if isinstance(row, SHARED) or _is_public(row):
            return None
        if isinstance(row, User):
            if row.pk not in homes or (field.name == "username" and row.pk in known):
                return None
            return f"{CANARY[homes[row.pk]]}-{next(numbers)}"
        whose = "own" if (row._meta.label, row.pk) in standing else "foreign"
        if isinstance(row, AuditEvent):  # who buys and who sells stand in each other's trail
            whose = "own" if row.chain == "alpha-desk" else "foreign"
        return f"{CANARY[whose]}-{next(numbers)}"

    write_everywhere(text_of)


def _is_public(row: models.Model) -> bool:
    if isinstance(row, Product):
        return row.listed_at is not None and row.retired_at is None
    if isinstance(row, AuditEvent):
        return row.chain == "platform"
    return isinstance(row, Alert) and row.version_id is None
