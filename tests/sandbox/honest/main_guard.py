#!/usr/bin/env python3
"""A script as it comes out of a notebook: functions, a main() and the usual guard."""
from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

_LOOKBACK = 120
_default = {"z_entry": 1.5}


def _zscore(series: pd.Series, n: int) -> pd.Series:
    return (series - series.rolling(n).mean()) / series.rolling(n).std()


def main() -> None:
    cfg = {**_default, **params}
    df = get_market_data(bars=_LOOKBACK)
    z = _zscore(df["close"], 20)
    _, last = z.iloc[-2], z.iloc[-1]
    now = datetime.fromisoformat(get_timestamp())
    age = now - df.index[-1].to_pydatetime()
    if abs(last) >= cfg["z_entry"]:
        side = "SELL" if last > 0 else "BUY"
    else:
        side = "HOLD"
    emit_signal({"value": side, "z": last, "age": age, "stale": age > timedelta(hours=1),
                 "strength": math.tanh(abs(last)), "rows": np.int64(z.count())})


if __name__ == "__main__":
    main()
