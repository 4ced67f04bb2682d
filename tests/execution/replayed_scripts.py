"""Scripts of every kind that a repeated run has to repeat to the last digit."""

from __future__ import annotations

TAIL = '\nemit_signal({"value": value, "params": params})\n'

SCRIPTS: dict[str, str] = {
    "numpy": """
close = get_market_data(bars=params["bars"])["close"].to_numpy()
value = float(np.std(np.diff(np.log(close))) + np.dot(close, close) / close.sum())
""",
    "indicators": """
data = get_market_data(bars=params["bars"])
value = [float(ta.rsi(data["close"], length=params["period"]).iloc[-1]),
         float(talib.EMA(data["close"], timeperiod=params["period"]).iloc[-1])]
""",
    "resampled": """
data = get_market_data(bars=params["bars"])
weekly = data["close"].resample("W").last().dropna()
value = {str(day): number for day, number in weekly.tail(5).items()}
""",
    "rolling": """
data = get_market_data(bars=params["bars"])
bands = data["close"].rolling(params["period"], min_periods=1).agg(["mean", "std", "min"])
value = bands.tail(3).to_dict("records")
""",
    "sets": """
names = {f"name {number}" for number in range(params["period"] * 3)}
value = list(names)[:20]
log(list(names)[:10])
""",
    "dictionaries": """
counts = {}
for number in range(params["bars"]):
    counts[f"{number * 7919 % 13}"] = counts.get(f"{number * 7919 % 13}", 0) + 1
value = list(counts.items())
""",
    "random": """
import random
value = [random.random(), random.choice(range(1000)), random.sample(range(params["bars"]), 4)]
""",
    "generator": """
generator = np.random.default_rng()
value = [float(generator.normal()), int(generator.integers(0, 10**6)), float(np.random.rand())]
""",
    "time": """
import time
import datetime
value = [time.time(), str(datetime.datetime.now()), get_timestamp(), get_unix_timestamp()]
""",
    "metric": """
value = [get_metric("realised_volatility"), get_metric("realised_volatility", instrument="IBM")]
""",
    "upstream": """
upstream = get_script_output("{inner}")
value = [upstream["value"], list(upstream.items()), list(upstream["metadata"])]
""",
    "history": """
seen = get_script_output("{inner}", history=params["period"])
value = [[list(one), one["value"]] for one in seen]
""",
    "refused": """
try:
    get_script_output("{foreign}")
    value = "read"
except PermissionError as fault:
    value = str(fault)
""",
    "mistaken": """
value = []
for name in ("nothing_of_the_kind", "realised_volatility"):
    try:
        value.append(get_metric(name))
    except RuntimeError as fault:
        value.append(str(fault))
""",
    "caught": """
try:
    value = params["period"] / 0
except ZeroDivisionError as fault:
    value = f"caught: {fault}"
log("caught", value)
""",
    "raises": """
data = get_market_data(bars=params["bars"])
log(len(data), data["close"].sum())
raise ValueError(f"too little: {data['close'].mean():.12f}")
""",
    "talks": """
for number in range(params["period"]):
    log("line", number, number / 7)
    emit_signal({"value": number / 7})
value = None
""",
    "floods": """
for number in range(200):
    emit_signal({"value": number})
value = None
""",
    "classes": """
class Running:
    def __init__(self):
        self.total = 0.0
        self.count = 0

    def add(self, number):
        self.total += number
        self.count += 1
        return self.total / self.count

running = Running()
value = [running.add(close) for close in get_market_data(bars=params["bars"])["close"]][-3:]
""",
    "two windows": """
short, long = get_market_data(bars=params["period"]), get_market_data(bars=params["bars"])
value = float(short["close"].mean() / long["close"].mean())
""",
    "rejected": "value = (\n",
}


def source_of(name: str, *, inner: str, foreign: str) -> str:
    """Return a script, with the ids of the scripts that it reads or must not read."""
    return SCRIPTS[name].replace("{inner}", inner).replace("{foreign}", foreign) + TAIL
