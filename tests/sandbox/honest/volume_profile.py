from collections import defaultdict

TICK = 0.5
df = get_market_data(bars=300)
profile = defaultdict(float)
for low, high, volume in zip(df["low"], df["high"], df["volume"]):
    first, last = int(low // TICK), int(high // TICK)
    share = volume / (last - first + 1)
    for level in range(first, last + 1):
        profile[level] += share

levels = sorted(profile)
poc = max(levels, key=lambda level: (profile[level], -level))
total = sum(profile.values())
lo = hi = levels.index(poc)
covered = profile[poc]
while covered < 0.7 * total and (lo > 0 or hi < len(levels) - 1):
    below = profile[levels[lo - 1]] if lo > 0 else -1
    above = profile[levels[hi + 1]] if hi < len(levels) - 1 else -1
    if above >= below:
        hi += 1
        covered += above
    else:
        lo -= 1
        covered += below
result = {
    "value": poc * TICK,
    "value_area": [levels[lo] * TICK, levels[hi] * TICK],
    "coverage": covered / total,
    "nodes": {f"{k * TICK:.1f}": round(v, 2) for k, v in sorted(profile.items(), key=lambda kv: -kv[1])[:3]},
}
