frames = {tf: get_market_data(timeframe=tf, bars=120) for tf in ("5m", "15m", "1h", "1d")}
changes = {tf: [b / a - 1 for a, b in zip(f["close"], f["close"].iloc[1:])] for tf, f in frames.items()}
table = [[tf, n, sum(c[-n:])] for tf, c in changes.items() for n in (5, 20) if len(c) >= n]
votes = {tf: 1 if sum(c[-20:]) > 0 else -1 for tf, c in changes.items()}
flat = [x for row in [c[-3:] for c in changes.values()] for x in row]
unique = {round(x, 3) for x in flat}
grid = [(i, j) for i in range(4) for j in range(i) if (i + j) % 2]
best = max(table, key=lambda row: row[2])
result = {
    "value": sum(votes.values()),
    "agree": all(v > 0 for v in votes.values()) or not any(v > 0 for v in votes.values()),
    "best": best,
    "unique": sorted(unique),
    "grid": grid,
    "total": sum(x * w for x, w in zip(flat, range(1, len(flat) + 1))),
    "nested": [[x for x in range(y)] for y in range(3)],
}
