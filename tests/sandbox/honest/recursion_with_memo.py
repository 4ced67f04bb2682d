"""The best sequence of at most k round trips, by recursion with a memo."""
from functools import lru_cache

prices = get_market_data(timeframe="1d", bars=60)["close"].round(2).tolist()


@lru_cache(maxsize=None)
def best(day, trades, holding):
    if day == len(prices) or trades == 0:
        return 0.0
    skip = best(day + 1, trades, holding)
    if holding:
        return max(skip, prices[day] + best(day + 1, trades - 1, False))
    return max(skip, -prices[day] + best(day + 1, trades, True))


memo = {}


def fib(n):
    if n < 2:
        return n
    if n not in memo:
        memo[n] = fib(n - 1) + fib(n - 2)
    return memo[n]


profits = [best(0, k, False) for k in (1, 2, 3)]
result = {"value": profits[-1], "profits": profits, "fib": [fib(n) for n in (10, 60)]}
