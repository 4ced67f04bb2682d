"""Attacks on what belongs to others, against the real gateway and the real database.

In the other modes the reads of an attack are answered by a stand-in that has only a few names. Here
sam's run asks the gateway: one script is his to read, and of the others he may learn nothing.
"""

import fnmatch
import posixpath
import re
import sqlite3
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from accounts.models import User
from common.ids import uuid7
from execution.sandbox.reads import JsonValue, ReadAnswerer, ReadReply, ReadRequest
from execution.sandbox.reads import ScriptOutputRead as ScriptRead
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox
from execution.services.answers import answerer_of
from gateway.access import NotReadable
from gateway.reads import reader_for
from gateway.requests import UpstreamOutputs
from market.services.bars import record_history
from registry.models import Script
from streams.publishing import NewOutput, publish_outputs, stream_for
from streams.watermark import place_of
from tests import factories
from tests.gateway.conftest import CLOSES, close_of_day
from tests.market.prices import LATER, make_instrument, new_bars
from tests.sandbox.attack_files import ATTACKS, Attack, as_parameter
from tests.sandbox.harness import WORD
from tests.sandbox.shooting import SHOT_LIMITS

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db]

TENANT = [attack for attack in ATTACKS if attack.category == "tenant"]
TODAY = close_of_day(9)
# What somebody would do to a name between asking whether it may be read and reading it.
OWN, FOREIGN = "own-script", "0f0e7f3a-9a8b-4c5d-8e6f-a1b2c3d4e5f6"


def _found_by_sql(name: str) -> str:
    with sqlite3.connect(":memory:") as database:
        database.execute("create table scripts (id)")
        database.executemany("insert into scripts values (?)", [(OWN,), (FOREIGN,)])
        found = database.execute(f"select id from scripts where id = '{name}' order by id")
        return str(next(found, ("",))[0])


CARELESS: dict[str, Callable[[str], str]] = {
    "case_folded": str.casefold,
    "end_of_text": lambda name: re.split("[\0\ufffd]", name)[0],
    "look_alikes": lambda name: unicodedata.normalize("NFKC", name).replace("\u200b", ""),
    "names_of_owners": lambda name: re.split("[/:.]", name)[-1],
    "other_spellings_of_numbers": lambda name: str(UUID(name)),
    "path_to_another": lambda name: posixpath.basename(posixpath.normpath(name)),
    "sentence_of_sql": _found_by_sql,
    "white_space": str.strip,
    "wildcards": lambda name: next(iter(fnmatch.filter([FOREIGN, OWN], name)), ""),
}


@dataclass(frozen=True, kw_only=True)
class House:
    """What sam may use, what he may not, and a reader of his for any of it."""

    own: Script
    foreign: Script
    undeclared: Script
    user: User
    upstream: dict[str, UpstreamOutputs]

    def answerer(self, *, as_of: datetime = TODAY) -> ReadAnswerer:
        """Return what answers the reads of a run of sam's."""
        reader = reader_for(
            self.user,
            uuid7(),
            instrument_key="AAPL",
            timeframe="1d",
            as_of=as_of,
            upstream=self.upstream,
            clock=lambda: LATER,
        )
        return answerer_of(reader)

    def params(self) -> dict[str, Any]:
        """Return what an attack is told."""
        return {
            "own_script": str(self.own.pk),
            "foreign_script": str(self.foreign.pk),
            "undeclared_script": str(self.undeclared.pk),
        }


def _publish(script: Script, word: str, *, day: int) -> UpstreamOutputs:
    output: NewOutput = {
        "value": word,
        "timestamp": close_of_day(day).isoformat(),
        "metadata": {"note": word},
    }
    stream = stream_for(script, "AAPL", "1d", {})
    with transaction.atomic():
        publish_outputs(stream, [output], execution_id=None, bar_opened_at=None)
    latest = None if day > 9 else dict(output)
    return UpstreamOutputs(stream_id=stream.pk, latest=latest, place=place_of(stream))


@pytest.fixture
def house(ada: User, rita: User, sam: User) -> House:
    """Three scripts, of which sam may read one; its last output is of tomorrow."""

    make_instrument("AAPL")
    record_history(new_bars(CLOSES), now=LATER)
    own, foreign, undeclared = (
        factories.make_published_version(ada, rita, name=name).script
        for name in ("Own", "Foreign", "Undeclared")
    )
    for script in (own, undeclared):
        factories.make_entitlement(script, sam)
    _publish(undeclared, f"{WORD}-UNDECLARED", day=5)
    # A version may declare what its user was never entitled to, or is not any more.
    upstream = {
        str(own.pk): _publish(own, f"{WORD}-FUTURE", day=10),
        str(foreign.pk): _publish(foreign, f"{WORD}-TENANT", day=5),
    }
    return House(own=own, foreign=foreign, undeclared=undeclared, user=sam, upstream=upstream)


def _shoot(sandbox: Sandbox, attack: Attack, params: object, answer: ReadAnswerer) -> set[str]:
    context = {
        "instrument": "AAPL",
        "instrument_key": "AAPL",
        "timeframe": "1d",
        "timestamp": TODAY.isoformat(),
        "user_id": "sam",
        "params": params,
    }
    result = sandbox.run(attack.source, context=context, limits=SHOT_LIMITS, answer_read=answer)
    return _words(result)


def _words(result: SandboxResult) -> set[str]:
    said = str([result.outputs, result.log, result.error])
    return set(re.findall(rf"{WORD}-[A-Z]+", said))


def _named(name: str) -> Attack:
    [found] = [attack for attack in TENANT if attack.name == f"tenant/{name}"]
    return found


@pytest.mark.parametrize("attack", [as_parameter(attack) for attack in TENANT])
def test_the_gateway_gives_nothing_of_others_away(
    attack: Attack, house: House, kernel_only: Sandbox
) -> None:
    words = [
        _shoot(kernel_only, attack, house.params(), house.answerer()) for _ in range(attack.times)
    ]

    assert set().union(*words) == set()


# --- and each of these would have been seen ------------------------------------------------------


def test_without_rights_the_foreign_outputs_are_read(
    house: House, kernel_only: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.access.require_right", lambda *_who, **_when: None)

    for name in ("history_of_another", "principal_changed", "principal_replaced"):
        words = _shoot(kernel_only, _named(name), house.params(), house.answerer())
        assert words == {f"{WORD}-TENANT"}, name


@pytest.mark.parametrize("name", ["future_bars", "future_of_its_own", "clock_put_forward"])
def test_without_a_clock_the_future_is_read(name: str, house: House, kernel_only: Sandbox) -> None:
    answer = house.answerer(as_of=LATER)

    assert _shoot(kernel_only, _named(name), house.params(), answer) == {f"{WORD}-FUTURE"}


def test_where_refusals_differ_the_difference_is_told(
    house: House, kernel_only: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_user: User, request: Any, *, upstream: dict[str, Any], at: datetime) -> None:
        raise NotReadable("not declared" if request.script_id not in upstream else "not entitled")

    monkeypatch.setattr("gateway.reads.authorise", refuse)

    words = _shoot(kernel_only, _named("told_apart"), house.params(), house.answerer())
    assert words == {f"{WORD}-ORACLE"}


@pytest.mark.parametrize("name", sorted(CARELESS))
def test_a_disguise_deceives_whoever_tidies_names_up(name: str, kernel_only: Sandbox) -> None:
    def answer(request: ReadRequest) -> ReadReply:
        given = request.script_id if isinstance(request, ScriptRead) else ""
        if given == FOREIGN:
            raise PermissionError("this read is not available to the script")
        try:
            found = CARELESS[name](given)
        except (ValueError, sqlite3.Error):
            found = ""
        return JsonValue(value=f"{WORD}-TENANT" if found == FOREIGN else None)

    params = {"foreign_script": FOREIGN, "own_script": OWN}
    assert _shoot(kernel_only, _named(name), params, answer) == {f"{WORD}-TENANT"}
