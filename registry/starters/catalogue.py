"""What a new script can start from: each starter runs as it is, on any instrument."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("scripts")


@dataclass(frozen=True, kw_only=True)
class Starter:
    """One script to start from, with its schemas and what there is to learn from it."""

    slug: str
    name: str
    dialect: str
    teaches: str
    description: str
    params: dict[str, Any]
    output_schema: dict[str, Any]

    @property
    def source(self) -> str:
        """Return the script's text."""
        return (FOLDER / f"{self.slug}.py").read_text()

    @property
    def manifest(self) -> dict[str, Any]:
        """Return what differs from the manifest of an author who declares nothing."""
        return {
            "runtime_mode": "realtime",
            "timeframe": "1d",
            "input_schema": {
                "type": "object",
                "properties": self.params,
                "additionalProperties": False,
            },
            "output_schema": self.output_schema,
        }


def _whole(minimum: int, maximum: int, default: int, description: str) -> dict[str, Any]:
    return {
        "type": "integer",
        "minimum": minimum,
        "maximum": maximum,
        "default": default,
        "description": description,
    }


def _level(default: int, description: str) -> dict[str, Any]:
    return {
        "type": "number",
        "minimum": 0,
        "maximum": 100,
        "default": default,
        "description": description,
    }


def _output(value: dict[str, Any], **metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["value", "timestamp"],
        "properties": {
            "value": value,
            "metadata": {"type": "object", "properties": metadata},
        },
    }


STARTERS = (
    Starter(
        slug="moving_average_cross",
        name="Moving-average cross",
        dialect="runs on every bar",
        teaches="Reads the bars it needs and emits one output: the plainest kind of script.",
        description="Two moving averages of the close; a signal where they cross.",
        params={
            "fast": _whole(2, 200, 10, "Bars of the fast average"),
            "slow": _whole(3, 400, 30, "Bars of the slow average"),
        },
        output_schema=_output(
            {"type": "number"},
            fast={"type": "number"},
            slow={"type": "number"},
            side={"enum": ["buy", "sell"]},
            reason={"type": "string", "maxLength": 200},
        ),
    ),
    Starter(
        slug="rsi",
        name="Relative strength index",
        dialect="compute(data, params)",
        teaches="Computes every bar at once with pandas, and draws a panel of its own.",
        description="Wilder's RSI; a signal where it leaves the oversold or overbought zone.",
        params={
            "period": _whole(2, 200, 14, "Price changes in the first average"),
            "lower": _level(30, "Oversold below this"),
            "upper": _level(70, "Overbought above this"),
        },
        output_schema=_output(
            # null on the bars before there are enough of them
            {"type": ["number", "null"], "minimum": 0, "maximum": 100},
            side={"enum": ["buy", "sell", None]},
        ),
    ),
    Starter(
        slug="breakout",
        name="Range breakout",
        dialect="strategy(data)",
        teaches="Answers BUY, SELL or HOLD; the platform turns each change into a signal.",
        description="Buys above the range of the bars before, sells below it.",
        params={"period": _whole(2, 200, 20, "Bars of the range")},
        output_schema=_output({"enum": ["BUY", "SELL", "HOLD"]}),
    ),
)


def find_starter(slug: str) -> Starter | None:
    """Return the starter of a name, or None."""
    return next((starter for starter in STARTERS if starter.slug == slug), None)
