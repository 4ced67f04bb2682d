from collections import ChainMap, Counter, OrderedDict, defaultdict, deque

df = get_market_data(bars=300)
signs = np.sign(df["close"].diff().dropna()).astype(int).tolist()
words = ["".join("D-U"[s + 1] for s in signs[i : i + 3]) for i in range(len(signs) - 2)]
counts = Counter(words)
follow = defaultdict(Counter)
for word, sign in zip(words, signs[3:]):
    follow[word][sign] += 1
recent = deque(words, maxlen=5)
recent.appendleft(recent.pop())
recent.rotate(2)
likely = {word: c.most_common(1)[0][0] for word, c in sorted(follow.items()) if sum(c.values()) > 10}
settings = ChainMap({"threshold": 0.55}, {"threshold": 0.5, "length": 3})
ordered = OrderedDict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
ordered.move_to_end("UUU") if "UUU" in ordered else None
up = follow[words[-1]]
probability = up[1] / sum(up.values()) if up else 0.5
result = {
    "value": "BUY" if probability > settings["threshold"] else "HOLD",
    "top": counts.most_common(3), "likely": likely, "recent": list(recent),
    "least": next(reversed(ordered)), "total": sum(counts.values()), "length": settings["length"],
    "missing": counts["XXX"], "difference": (counts - Counter(words[:100])).most_common(1),
}
