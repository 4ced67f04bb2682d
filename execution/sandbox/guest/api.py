"""What a script is given: context, params, and the functions it reads and speaks with."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox import protocol
from execution.sandbox.guest.clock import RUN_CLOCK
from execution.sandbox.guest.conversation import Conversation
from execution.sandbox.guest.plots import plots_of
from execution.sandbox.guest.values import to_json_value
from execution.sandbox.guest.words import to_word


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {type(value).__name__}")
    if not 0 < len(value) <= protocol.NAME_CHARACTERS_MAXIMUM:
        raise ValueError(f"{what} has 1 to {protocol.NAME_CHARACTERS_MAXIMUM} characters")
    return value


def _optional_text(value: Any, what: str) -> str | None:
    return None if value is None else _text(value, what)


def _whole_number(value: Any, what: str, *, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{what} is a whole number, not {type(value).__name__}")
    if not least <= value <= most:
        raise ValueError(f"{what} is {least} to {most}, not {str(value)[:40]}")
    return int(value)


def _price(value: Any) -> float | None:
    plain = to_json_value(value)
    if plain is not None and (isinstance(plain, bool) or not isinstance(plain, int | float)):
        raise TypeError(f"the price of a signal is a number, not {type(value).__name__}")
    return None if plain is None else float(plain)


def _reading_functions(conversation: Conversation) -> list[Callable[..., Any]]:
    def get_market_data(
        instrument: str | None = None, timeframe: str | None = None, bars: int = 500
    ) -> pd.DataFrame:
        least, most = protocol.BARS_MINIMUM, protocol.BARS_MAXIMUM
        data: pd.DataFrame = conversation.ask(
            "market",
            instrument=_optional_text(instrument, "instrument"),
            timeframe=_optional_text(timeframe, "timeframe"),
            bars=_whole_number(bars, "bars", least=least, most=most),
        )
        return data

    def get_metric(name: str, instrument: str | None = None) -> Any:
        wanted = _optional_text(instrument, "instrument")
        return conversation.ask("metric", name=_text(name, "name"), instrument=wanted)

    def get_script_output(script_id: str, history: int = 0) -> Any:
        most = protocol.HISTORY_MAXIMUM
        count = _whole_number(history, "history", least=0, most=most)
        return conversation.ask("script", script_id=_text(script_id, "script_id"), history=count)

    return [get_market_data, get_metric, get_script_output]


def _speaking_functions(conversation: Conversation) -> list[Callable[..., Any]]:
    def emit_signal(data: dict[str, Any]) -> None:
        if not isinstance(data, dict):
            raise TypeError(f"emit_signal() takes a dictionary, not {type(data).__name__}")
        conversation.emit(data)

    def signal(
        type: str, timestamp: Any = None, price: Any = None, reason: str = "", icon: str = ""
    ) -> None:
        data = {"value": to_word(type, "the type of a signal"), "timestamp": timestamp}
        conversation.emit(data | {"price": _price(price), "reason": reason, "icon": icon})

    def plot(
        series: Any,
        name: str = "",
        color: str | None = None,
        style: str = "line",
        panel: str | None = None,
        overlay: bool | None = None,
        width: float = 1,
    ) -> None:
        options = {"color": color, "style": style, "width": width}
        for drawn in plots_of(series, name, options, panel, overlay, conversation):
            conversation.keep_plot(drawn)

    def log(*messages: Any) -> None:
        for line in " ".join(str(message) for message in messages).splitlines() or [""]:
            conversation.log_line(line)

    def print_to_log(
        *values: Any, sep: str | None = None, end: str | None = None, **_file: Any
    ) -> None:
        line = (" " if sep is None else sep).join(str(value) for value in values)
        log(line + ("" if end is None else end.removesuffix("\n")))

    print_to_log.__name__ = "print"
    return [emit_signal, signal, plot, log, print_to_log]


def _clock_functions() -> list[Callable[..., Any]]:
    def get_timestamp() -> str:
        return RUN_CLOCK.timestamp

    def get_unix_timestamp() -> float:
        return RUN_CLOCK.seconds()

    return [get_timestamp, get_unix_timestamp]


def make_api(conversation: Conversation, context: dict[str, Any]) -> dict[str, Any]:
    """Return the names a script finds in its scope."""
    functions = [
        *_reading_functions(conversation),
        *_speaking_functions(conversation),
        *_clock_functions(),
    ]
    for function in functions:
        # Python names a function in its errors by where it was written.
        function.__qualname__ = function.__name__
    named = {function.__name__: function for function in functions}
    return {"context": context, "params": context.setdefault("params", {}), **named}
