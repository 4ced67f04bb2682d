"""No signal that was acknowledged is lost or doubled, whatever breaks meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

from tests.faults.ledger import compare
from tests.faults.plan import Fault, make_plan
from tests.faults.run import Run, stored_rows
from tests.faults.senders import Senders
from tests.faults.topology import running_topology

SEED = int(os.environ.get("FAULTS_SEED", "5"))
FEW = [
    Fault.WEB_KILLED,
    Fault.POSTGRES_STOPPED,
    Fault.ANSWERS_LOST,
    Fault.COMMITS_UNKNOWN,
    Fault.REDIS_FLUSHED,
]


def test_300_signals_survive_5_faults(tmp_path: Path) -> None:
    plan = make_plan(FEW, signals=300, seed=SEED)
    with running_topology(tmp_path, names=("web", "relay")) as topology:
        senders = Senders(
            topology.links.senders_to_web.port, topology.secrets, signals=300, seed=SEED
        )
        run = Run(topology, senders, plan)
        run.go(clients=6)
        verdict = compare(senders.ledger, stored_rows(topology))
        print(senders.ledger.outcomes, run.happened, verdict.counts())
        assert senders.ledger.acknowledged == 300
