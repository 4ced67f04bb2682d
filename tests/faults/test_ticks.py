"""Every closed bar runs every plan exactly once, whatever breaks meanwhile.

FAULTS_SEED chooses the ticks and the order of the faults; the report names the seed it had.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.realtime.feed import Feed
from tests.faults.realtime.injection import FROZEN_AT_WORK
from tests.faults.realtime.outcome import Outcome, look_at
from tests.faults.realtime.plan import LONG_RUN, SHORT_RUN, Fault, make_plan
from tests.faults.realtime.run import Run, identity
from tests.faults.realtime.ticks import INSTRUMENTS, make_ticks
from tests.faults.subscriber import Subscriber
from tests.faults.topology import running_topology

SEED = int(os.environ.get("FAULTS_SEED", "5"))
RECOVERED_WITHIN_SECONDS = 15.0
PROGRAMS = ("web", "relay", "worker", "worker-2", "realtime", "realtime-2")


def outcome_of(
    directory: Path, *, ticks: int, faults: list[Fault], names: tuple[str, ...] = PROGRAMS
) -> Outcome:
    """Send ticks through faults, wait until all is delivered, and look at what is where."""
    sent, counts = make_ticks(ticks, seed=SEED)
    with running_topology(
        directory, names=names, seed=("tests.faults.realtime.seed",), more={"WORKERS": "1"}
    ) as topology:
        keys = [key for of in topology.facts["keys"].values() for key in of.values()]
        port = topology.links.subscriber_to_web.port
        subscriber = Subscriber(port, topology.token, keys, identify=identity)
        with Feed(
            ticks, seed=SEED, environment=topology.environment, log=directory / "sender.log"
        ) as feed:
            plan = make_plan(faults, ticks=len(sent), seed=SEED)
            run = Run(topology, feed, subscriber, sent, plan)
            run.go()
            return look_at(run, seed=SEED, counts=counts, logs=directory.glob("worker*.log"))


def test_ticks_follow_from_their_seed_and_come_twice_and_swapped() -> None:
    ticks, counts = make_ticks(5000, seed=7)

    assert ticks == make_ticks(5000, seed=7)[0]
    assert ticks != make_ticks(5000, seed=8)[0]
    times = Counter(tick.event_id for tick in ticks)
    assert len(times) == 5000
    assert sum(times.values()) - 5000 == counts.duplicates
    assert 0.04 < counts.duplicates / 5000 < 0.06
    assert 0.04 < counts.swaps / 5000 < 0.06
    for instrument in INSTRUMENTS:
        instants = [tick.at for tick in ticks if tick.instrument_key == instrument]
        assert instants != sorted(instants)


@pytest.mark.flow
def test_1000_ticks_survive_4_faults(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path, ticks=1000, faults=SHORT_RUN)

    assert outcome.is_exact, outcome.report()
    assert len(outcome.recoveries) == len(SHORT_RUN)
    assert outcome.stalls == 0, outcome.report()


@pytest.mark.faults
def test_20000_ticks_survive_21_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = outcome_of(tmp_path, ticks=20_000, faults=LONG_RUN)

    with capsys.disabled():
        print(f"\n{outcome.report()}")
    assert outcome.is_exact
    assert outcome.fenced_off >= len(FROZEN_AT_WORK)
    assert len(outcome.recoveries) == len(LONG_RUN) >= 20
    assert outcome.stalls == 0
    assert outcome.longest_recovery <= RECOVERED_WITHIN_SECONDS
