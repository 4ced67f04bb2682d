"""The shedding order of the contract, number by number."""

import pytest

from execution.scheduling.backpressure import Readings, load_of
from execution.scheduling.load_shedding import Priority, is_shed, shares_at, shed_share

IDS = [f"request-{number}" for number in range(4000)]


@pytest.mark.parametrize(
    ("priority", "load", "share"),
    [
        (Priority.LOW, 0.5, 0.0),
        (Priority.LOW, 0.75, 0.4),
        (Priority.LOW, 1.0, 0.8),
        (Priority.MEDIUM, 0.7, 0.0),
        (Priority.MEDIUM, 0.85, 0.25),
        (Priority.MEDIUM, 1.0, 0.5),
        (Priority.HIGH, 0.9, 0.0),
        (Priority.HIGH, 0.95, 0.1),
        (Priority.HIGH, 1.0, 0.2),
        (Priority.HIGH, 7.0, 0.2),
        (Priority.CRITICAL, 1.0, 0.0),
    ],
)
def test_the_share_that_is_shed_grows_from_its_beginning(
    priority: Priority, load: float, share: float
) -> None:
    assert shed_share(priority, load) == pytest.approx(share)


@pytest.mark.parametrize("load", [0.75, 0.95, 1.0])
@pytest.mark.parametrize("priority", list(Priority))
def test_as_many_requests_go_as_the_share_says(priority: Priority, load: float) -> None:
    gone = sum(is_shed(priority, load, name) for name in IDS) / len(IDS)

    assert gone == pytest.approx(shed_share(priority, load), abs=0.025)


def test_what_matters_less_goes_first_and_what_is_gone_stays_gone() -> None:
    order = (Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW)

    for load in (0.55, 0.72, 0.92, 1.0):
        shares = shares_at(load)
        assert sorted(shares[one] for one in order) == [shares[one] for one in order]
        gone = {name for name in IDS if is_shed(Priority.LOW, load, name)}
        assert gone <= {name for name in IDS if is_shed(Priority.LOW, load + 0.05, name)}


@pytest.mark.parametrize(
    ("readings", "load", "cause"),
    [
        (Readings(), 0.0, ""),
        (Readings(queue_depth=1000), 0.5, "queue_depth"),
        (Readings(queue_depth=2000), 1.0, "queue_depth"),
        (Readings(queue_depth=90_000), 1.0, "queue_depth"),
        (Readings(p99_seconds=5.0), 0.5, "p99_seconds"),
        (Readings(errors=0.10), 0.5, "errors"),
        (Readings(requests=0.9), 0.9, "requests"),
        (Readings(requests=0.3, cpu=0.8), 0.5, "cpu"),
        (Readings(requests=0.3, memory=0.85), 0.5, "memory"),
        (Readings(queue_depth=1400, cpu=1.0), 0.7, "queue_depth"),
    ],
)
def test_a_reading_at_its_number_is_half_of_the_load(
    readings: Readings, load: float, cause: str
) -> None:
    found = load_of(readings)

    assert found.value == pytest.approx(load)
    assert found.cause == cause


def test_a_busy_machine_on_which_nothing_waits_is_not_loaded() -> None:
    assert load_of(Readings(cpu=1.0, memory=1.0, queue_depth=10)).value == pytest.approx(0.005)
