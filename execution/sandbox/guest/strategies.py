"""The strategy dialect: strategy(data) says BUY, SELL or HOLD, and its changes are signals.

A strategy is asked bar by bar, with a table that ends with the bar in question, beginning when
`WARM_UP_BARS` bars are known; or it answers for every bar at once with a Series. Before it speaks
the word is HOLD; a bar on which the word changes is a signal. History is every signal. A run is
its newest one, and HOLD on the newest bar where there is none, so that a strategy that changes its
mind often still says where it stands.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from execution.sandbox.guest.conversation import Conversation
from execution.sandbox.guest.rows import require_alignment, takes_arguments
from execution.sandbox.guest.words import HOLD, DialectError, to_word

WARM_UP_BARS = 50
_FORM = "strategy(data)"


def find_words(strategy: Any, data: pd.DataFrame, conversation: Conversation) -> dict[int, str]:
    """Return what a strategy says on each bar it is asked about, by the bar's position."""
    if not takes_arguments(strategy, 1):
        raise DialectError(
            "strategy takes exactly one argument; write strategy(data), params is in scope",
            function=strategy,
        )
    if not len(data):
        return {}
    past = _Past(data)
    first = min(WARM_UP_BARS, len(data))
    said = _ask_first(strategy, past, first, conversation)
    if isinstance(said, pd.Series):
        if first < len(data):
            require_alignment(said, past.until(first), _FORM, strategy)
            said = strategy(past.until(len(data)))
        return dict(enumerate(_words_of(said, data, strategy)))
    words = {first - 1: _word_of(said, strategy)}
    if first < WARM_UP_BARS:
        return {}
    for count in range(first + 1, len(data) + 1):
        words[count - 1] = _word_of(strategy(past.until(count)), strategy)
    return words


def _ask_first(strategy: Any, past: "_Past", count: int, conversation: Conversation) -> Any:
    # Whether a strategy answers with a word or with a Series is seen when it has answered. One
    # that answers with a Series is asked again for the whole window, and heard only then.
    conversation.rehearse()
    is_heard = True
    try:
        said = strategy(past.until(count))
        is_heard = count == past.length or not isinstance(said, pd.Series)
        return said
    finally:
        conversation.end_rehearsal(keep=is_heard)


class _Past:
    """A table that can be looked at as it was after any of its bars, each time afresh."""

    def __init__(self, data: pd.DataFrame) -> None:
        self._values = data.to_numpy(copy=True)
        self._instants: npt.NDArray[np.int64] = pd.DatetimeIndex(data.index).asi8.copy()
        self._columns = list(data.columns)
        self._name = data.index.name
        self.length = len(data)

    def until(self, count: int) -> pd.DataFrame:
        """Return the first bars in memory of their own: nothing behind them, nothing shared."""
        instants = self._instants[:count].view("datetime64[ns]")
        index = pd.DatetimeIndex(instants, tz="UTC", name=self._name, copy=True)
        return pd.DataFrame(self._values[:count], columns=self._columns, index=index, copy=True)


def _word_of(said: Any, strategy: Any) -> str:
    try:
        return to_word(said, f"what {_FORM} returns")
    except ValueError as fault:
        raise DialectError(str(fault), function=strategy) from None


def _words_of(said: Any, data: pd.DataFrame, strategy: Any) -> list[str]:
    if not isinstance(said, pd.Series):
        raise DialectError(
            f"{_FORM} returned a Series for one window and {type(said).__name__} for another; "
            "always return a Series, or always a word",
            function=strategy,
        )
    require_alignment(said, data, _FORM, strategy)
    missing = said.isna().tolist()
    values = said.tolist()
    # A row without a word, as shift() leaves it, is a bar without advice.
    return [
        HOLD if is_missing else _word_of(value, strategy)
        for value, is_missing in zip(values, missing, strict=True)
    ]


def find_signals(
    words: dict[int, str], closes: pd.DatetimeIndex, prices: Sequence[float]
) -> list[dict[str, Any]]:
    """Return a signal for every bar on which the word changes, oldest first."""
    signals = []
    before = HOLD
    for bar, word in words.items():
        if word != before:
            signals.append(_signal(word, bar, before, closes, prices))
        before = word
    return signals


def current_signal(
    words: dict[int, str], closes: pd.DatetimeIndex, prices: Sequence[float]
) -> dict[str, Any]:
    """Return the newest signal, or HOLD as of the newest bar when the word never changed."""
    signals = find_signals(words, closes, prices)
    return signals[-1] if signals else _signal(HOLD, max(words), HOLD, closes, prices)


def _signal(
    word: str, bar: int, before: str, closes: pd.DatetimeIndex, prices: Sequence[float]
) -> dict[str, Any]:
    return {
        "value": word,
        "timestamp": closes[bar].isoformat(),
        "price": prices[bar],
        "bar": bar,
        "previous": before,
    }
