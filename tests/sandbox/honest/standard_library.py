from __future__ import annotations

import collections
import datetime as dt
import functools
import itertools
import json
import math
import operator
import statistics
from collections import Counter, defaultdict, deque, namedtuple
from datetime import datetime, timedelta, timezone

Trade = namedtuple("Trade", ["price", "size"])
trades = [Trade(100 + i % 7, 1 + i % 3) for i in range(30)]
notional = functools.reduce(operator.add, (t.price * t.size for t in trades))
by_size = defaultdict(list)
for size, group in itertools.groupby(sorted(trades, key=lambda t: t.size), key=lambda t: t.size):
    by_size[size] += [t.price for t in group]
recent = deque((t.price for t in trades), maxlen=5)
counts = Counter(t.price for t in trades)
counts["other"] += 2
started = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
later = started + timedelta(hours=1)
payload = json.loads(json.dumps({"a": [1, 2.5, None], "at": later.isoformat()}))
result = {
    "value": round(math.sqrt(notional), 6),
    "median": statistics.median(recent),
    "common": counts.most_common(1)[0][0],
    "sizes": {str(k): len(v) for k, v in by_size.items()},
    "ordered": list(collections.OrderedDict.fromkeys([3, 1, 3])) if False else [3, 1],
    "zone": str(timezone.utc),
    "year": dt.date(2026, 1, 1).year,
    "payload": payload["a"][1],
}
