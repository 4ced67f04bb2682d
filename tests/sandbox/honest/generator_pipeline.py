from collections import deque
from itertools import islice, pairwise, takewhile


def bars(df):
    for bar in df.itertuples():
        yield bar.Index, bar.close, bar.volume


def vwap_bars(stream, size):
    value = traded = 0.0
    for at, close, volume in stream:
        value += close * volume
        traded += volume
        if traded >= size:
            yield at, value / traded
            value = traded = 0.0


def smooth(stream, n):
    window = deque(maxlen=n)
    for at, price in stream:
        window.append(price)
        if len(window) == n:
            yield at, sum(window) / n


def delegate(*streams):
    for stream in streams:
        yield from stream


df = get_market_data(bars=500)
points = list(smooth(vwap_bars(bars(df), 20_000), 3))
moves = [b - a for (_, a), (_, b) in pairwise(points)]
rising = list(takewhile(lambda m: m > 0, reversed(moves)))
head = list(islice(delegate(iter(moves[:2]), (m * 2 for m in moves)), 4))
emit_signal({"value": points[-1][1], "timestamp": points[-1][0], "n": len(points), "rising": len(rising), "head": head})
