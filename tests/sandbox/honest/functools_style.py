import operator
from functools import partial, reduce
from itertools import accumulate, chain, groupby, starmap, zip_longest

compose = lambda *functions: reduce(lambda f, g: lambda x: g(f(x)), functions)
ema = lambda span, xs: list(accumulate(xs, lambda prev, x: prev + 2 / (span + 1) * (x - prev)))
diff = lambda xs: list(map(operator.sub, xs[1:], xs))
closes = get_market_data(bars=200)["close"].tolist()
smooth = compose(partial(ema, 5), partial(ema, 5), diff)
moves = smooth(closes)
runs = [(up, len(list(group))) for up, group in groupby(moves, key=lambda m: m > 0)]
peak = list(accumulate(closes, max))
drawdowns = list(starmap(lambda c, p: c / p - 1, zip(closes, peak)))
paired = list(zip_longest(runs[:2], drawdowns[:3], fillvalue=None))
scores = sorted(enumerate(moves), key=operator.itemgetter(1), reverse=True)[:3]
result = {
    "value": reduce(operator.mul, (1 + m / 100 for m in moves)),
    "longest": max(length for up, length in runs if up),
    "worst": min(drawdowns), "paired": paired, "scores": scores,
    "chained": list(chain.from_iterable(([a], [b]) for a, b in runs[:2])),
}
