"""The three words of the strategy dialect, and how a script's faults in it are told."""

import types
from typing import Any

WORDS = ("BUY", "SELL", "HOLD")
HOLD = "HOLD"


class DialectError(Exception):
    """A script's own function takes or returns what the platform cannot use."""

    def __init__(self, message: str, *, function: Any = None) -> None:
        super().__init__(message)
        is_plain = isinstance(function, types.FunctionType)
        self.line: int | None = function.__code__.co_firstlineno if is_plain else None


def to_word(value: Any, what: str) -> str:
    """Return BUY, SELL or HOLD, however it was capitalised.

    Raises
    ------
    ValueError
        It is none of the three; the message says what to write.
    """
    word = str(value).strip().upper() if isinstance(value, str) else ""
    if word in WORDS:
        return word
    shown = repr(value)[:40] if isinstance(value, str | int | float) else type(value).__name__
    raise ValueError(f"{what} is 'BUY', 'SELL' or 'HOLD', not {shown}")
