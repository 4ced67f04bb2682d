"""What somebody is given of their own run: marked, when the script came to them as a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from execution.models import Execution
from execution.services.dependencies import place_of_outputs
from registry.access import NotEntitled
from registry.models import ProductSubscription
from registry.product_access import require_right
from streams import watermark
from streams.watermarks.rules import tolerances_of


@dataclass(frozen=True)
class Result:
    """The outputs of a run and its log, as its reader gets them."""

    outputs: list[dict[str, Any]]
    log: list[str]


def result_of(execution: Execution, *, at: datetime) -> Result:
    """Return what the user of a run is given of it.

    A subscriber of a product gets no log: a script may write its exact numbers there.

    Raises
    ------
    streams.watermark.WatermarkFailed
        The outputs cannot be marked and are held back.
    """
    subscription_id = watermark.marked_for(_right_to(execution, at=at))
    tolerance = tolerances_of(execution.version.manifest)
    outputs = watermark.give_all(
        [(output, tolerance) for output in execution.outputs],
        place=place_of_outputs(execution),
        subscription_id=subscription_id,
    )
    return Result(outputs, execution.log if subscription_id is None else [])


# A right that ends while the run is under way does not make its result the user's own.
def _right_to(execution: Execution, *, at: datetime) -> ProductSubscription | None:
    try:
        return require_right(execution.user_id, execution.version.script_id, at=at)
    except NotEntitled:
        return execution.product_subscription
