"""No signal that was acknowledged is lost or doubled, whatever breaks meanwhile.

FAULTS_SEED chooses the order of the faults and the signals; the report names the seed it had.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.outcome import Outcome, look_at
from tests.faults.plan import LONG_RUN, SHORT_RUN, Fault, make_plan
from tests.faults.publication import stream_keys
from tests.faults.run import Run
from tests.faults.senders import Senders
from tests.faults.subscriber import Subscriber
from tests.faults.topology import running_topology

SEED = int(os.environ.get("FAULTS_SEED", "5"))


def outcome_of(
    directory: Path, *, signals: int, faults: list[Fault], processes: tuple[str, ...], clients: int
) -> Outcome:
    """Send signals through faults, wait until all is delivered, and look at what is where."""
    with running_topology(directory, names=processes) as topology:
        links, keys = topology.links, stream_keys(topology.secrets)
        senders = Senders(links.senders_to_web.port, topology.secrets, signals=signals, seed=SEED)
        subscriber = Subscriber(links.subscriber_to_web.port, topology.token, keys)
        run = Run(topology, senders, subscriber, make_plan(faults, signals=signals, seed=SEED))
        run.go(clients=clients)
        return look_at(run, seed=SEED)


def assert_nothing_is_lost_or_doubled(outcome: Outcome, *, signals: int) -> None:
    assert outcome.acknowledged == signals
    assert not any(outcome.verdict.counts().values()), outcome.verdict
    assert outcome.in_postgres.is_whole(), outcome.in_postgres
    assert outcome.in_redis.is_whole(), outcome.in_redis
    assert outcome.at_subscriber.is_whole(), outcome.at_subscriber
    assert outcome.gaps == 0


def test_300_signals_survive_5_faults(tmp_path: Path) -> None:
    outcome = outcome_of(
        tmp_path, signals=300, faults=SHORT_RUN, processes=("web", "relay"), clients=6
    )

    assert_nothing_is_lost_or_doubled(outcome, signals=300)
    assert outcome.faults == len(SHORT_RUN)


@pytest.mark.faults
def test_9000_signals_survive_30_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = outcome_of(
        tmp_path, signals=9000, faults=LONG_RUN, processes=("web", "relay", "worker"), clients=8
    )

    with capsys.disabled():
        print(f"\n{outcome.report()}")
    assert_nothing_is_lost_or_doubled(outcome, signals=9000)
    assert outcome.faults == len(LONG_RUN) == 30
