"""Snippets of ordinary Python, each with what its `result` is anywhere."""

SYNTAX: dict[str, tuple[str, object]] = {
    "underscored_names": (
        """
_window = 3
def _helper(_x, *_rest, _key=1):
    return _x + len(_rest) + _key
class _Tracker:
    _count = 0
    def __init__(self, n):
        self._n = n
        self.__secret = 7
    def _push(self):
        self._n += 1
        _Tracker._count += 1
        return self._n + self.__secret
_, last = 1, 2
result = [_helper(1, 2, _key=_window), _Tracker(1)._push(), _Tracker._count, last]
""",
        [5, 9, 1, 2],
    ),
    "main_guard": ('result = 0\nif __name__ == "__main__":\n    result = 1', 1),
    "match_values_and_captures": (
        """
def kind(x):
    match x:
        case 0 | None:
            return "nothing"
        case [a, b, *_rest]:
            return f"list {a} {b} {len(_rest)}"
        case {"side": side, **others}:
            return f"dict {side} {len(others)}"
        case int(n) if n > 5:
            return f"big {n}"
        case str() as text:
            return text.upper()
        case _:
            return "other"
result = [kind(v) for v in (0, [1, 2, 3], {"side": "BUY", "x": 1}, 7, "a", 3)]
""",
        ["nothing", "list 1 2 1", "dict BUY 1", "big 7", "A", "other"],
    ),
    "match_classes_and_attributes": (
        """
from dataclasses import dataclass
from enum import Enum
class Side(Enum):
    BUY = 1
    SELL = 2
@dataclass
class Order:
    side: Side
    price: float
def text(o):
    match o:
        case Order(side=Side.BUY, price=p):
            return f"buy {p}"
        case Order(Side.SELL, p):
            return f"sell {p}"
result = [text(Order(Side.BUY, 1.5)), text(Order(Side.SELL, 2)), text(3)]
""",
        ["buy 1.5", "sell 2", None],
    ),
    "formatting": (
        """
class P:
    def __init__(self): self.x = 1.234
result = ["{:.2f}|{name!r:>5}|{}".format(2.0, 3, name="a"), "{p.x:.1f} {d[k]}".format(p=P(), d={"k": 9}),
          "{a}".format_map({"a": 1}), "%s %05.1f" % ("a", 2.25),
          f"{3.14159:{6}.{3}}", f"{1000000:,}", format(0.5, ".0%"), "%(n)d" % {"n": 4}]
""",
        ["2.00|  'a'|3", "1.2 9", "1", "a 002.2", "  3.14", "1,000,000", "50%", "4"],
    ),
    "walrus_decorators_and_closures": (
        """
import functools
def twice(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        inner.calls += 1
        return 2 * f(*args, **kwargs)
    inner.calls = 0
    return inner
@twice
def add(a, b=1, /, *, c=0):
    return a + b + c
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
total = 0
def bump():
    global total
    total += 5
bump()
s = counter(); s()
result = [add(*[1, 2], **{"c": 3}), add.calls, add.__name__, s(), total, (y := 4) + y,
          [m for v in [1, 2, 3] if (m := v * 2) > 2], (lambda x, k=3: x * k)(2)]
""",
        [12, 1, "add", 2, 5, 8, [4, 6], 6],
    ),
    "context_managers_and_generators": (
        """
from contextlib import contextmanager, suppress
order = []
class Scope:
    def __enter__(self):
        order.append("in")
        return (1, 2)
    def __exit__(self, kind, value, traceback):
        order.append(kind.__name__ if kind else None)
        return True
with Scope() as (a, b), suppress(KeyError):
    order.append(a + b)
    raise ValueError("x")
@contextmanager
def tag(name):
    yield name
with tag("t") as t:
    order.append(t)
def inner():
    got = yield 1
    yield got
    return 9
def outer():
    value = yield from inner()
    yield value
g = outer(); next(g)
result = [order, g.send(5), next(g), list(x * x for x in range(3))]
""",
        [["in", 3, "ValueError", "t"], 5, 9, [0, 1, 4]],
    ),
    "errors": (
        """
class TooFar(ValueError):
    def __init__(self, n):
        super().__init__(f"too far: {n}")
        self.n = n
seen = []
try:
    try:
        raise TooFar(3)
    except TooFar as fault:
        seen.append((fault.n, str(fault), fault.args))
        raise RuntimeError("again") from fault
    else:
        seen.append("never")
    finally:
        seen.append("finally")
except (RuntimeError, KeyError) as fault:
    seen.append(type(fault).__name__)
try:
    assert 1 > 2, "no"
except AssertionError as fault:
    seen.append(str(fault))
result = seen
""",
        [[3, "too far: 3", ["too far: 3"]], "finally", "RuntimeError", "no"],
    ),
    "classes": (
        """
from functools import total_ordering, cached_property, lru_cache, cache
from abc import ABC, abstractmethod
@total_ordering
class V:
    unit = "x"
    def __init__(self, v): self.v = v
    def __repr__(self): return f"V({self.v})"
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __hash__(self): return hash(self.v)
    def __add__(self, o): return V(self.v + getattr(o, "v", o))
    __radd__ = __add__
    def __iadd__(self, o):
        self.v += o
        return self
    def __neg__(self): return V(-self.v)
    def __iter__(self): return iter([self.v])
    def __len__(self): return 2
    def __bool__(self): return True
    def __getitem__(self, k): return k
    def __contains__(self, k): return k == 1
    def __call__(self, k): return k + self.v
    @property
    def double(self): return self.v * 2
    @double.setter
    def double(self, d): self.v = d / 2
    @staticmethod
    def s(a): return a
    @classmethod
    def make(cls): return cls(9)
    @cached_property
    def slow(self): return self.v + 100
class W(V):
    def __init__(self, v):
        super().__init__(v)
        self.extra = 1
    def s2(self): return super().s(4)
    def __repr__(self): return "W" + super().__repr__()
class Base(ABC):
    @abstractmethod
    def run(self): ...
class Good(Base):
    def run(self): return "ran"
try:
    Base()
    refused = False
except TypeError:
    refused = True
v = V(1); v += 4; v.double = 20
result = [repr(v + 1), repr(sum([V(1), V(2)], V(0))), repr(W(2)), W(1).s2(), sorted([V(3), V(1)])[0].v,
          v >= V(1), len({V(1), V(1)}), list(v), v["k"], 1 in v, v(1), V.make().v, v.slow, v.unit,
          isinstance(W(1), (V, int)), issubclass(W, V), Good().run(), refused, repr(1 + V(1)),
          type(v).__name__, v.__class__.__name__, vars(W(1))["extra"], hasattr(v, "nope"), -V(2) == V(-2)]
""",
        [
            "V(11.0)",
            "V(3)",
            "WV(2)",
            4,
            1,
            True,
            1,
            [10.0],
            "k",
            True,
            11.0,
            9,
            110.0,
            "x",
            True,
            True,
            "ran",
            True,
            "V(2)",
            "V",
            "V",
            1,
            False,
            True,
        ],
    ),
    "data_classes": (
        """
from dataclasses import dataclass, field, asdict, replace
from typing import ClassVar, List, NamedTuple, Optional
@dataclass(order=True)
class Trade:
    price: float
    size: int = 1
    tags: List[str] = field(default_factory=list, compare=False)
    kind: ClassVar[str] = "spot"
    total: float = field(init=False, default=0.0, repr=False)
    def __post_init__(self):
        self.total = self.price * self.size
@dataclass(frozen=True)
class Point:
    x: int
    y: Optional[int] = None
class Bar(NamedTuple):
    close: float
    volume: float = 0.0
    def twice(self): return self.close * 2
a, b = Trade(2.0), Trade(1.0, size=3)
a.tags.append("t")
try:
    Point(1).x = 2
    frozen = False
except Exception as fault:
    frozen = type(fault).__name__
try:
    Trade()
except TypeError as fault:
    missing = str(fault)
bar = Bar(1.5)
result = [repr(b), a > b, a.total + b.total, b.tags, asdict(Point(1)), {Point(1): 2}[Point(1)],
          replace(a, size=5).size, frozen, missing, bar.twice(), bar._replace(volume=2.0), Trade.kind,
          bar._asdict()["close"]]
""",
        [
            "Trade(price=1.0, size=3, tags=[])",
            True,
            5.0,
            [],
            {"x": 1, "y": None},
            2,
            5,
            "FrozenInstanceError",
            "Trade.__init__() missing required argument: 'price'",
            3.0,
            [1.5, 2.0],
            "spot",
            1.5,
        ],
    ),
    "enumerations": (
        """
from enum import Enum, IntEnum, auto
class Side(Enum):
    BUY = auto()
    SELL = auto()
    @property
    def sign(self): return 1 if self is Side.BUY else -1
class Level(IntEnum):
    LOW = 1
    HIGH = 2
result = [Side.BUY.name, Side(2).sign, Side["SELL"].value, [s.name for s in Side], Level.HIGH > Level.LOW,
          Side.BUY == Side.BUY, len(Side), {Side.BUY: 1}[Side.BUY], str(Side.SELL)]
""",
        ["BUY", -1, 2, ["BUY", "SELL"], True, True, 2, 1, "Side.SELL"],
    ),
    "annotations": (
        """
from __future__ import annotations
from typing import Dict, Generic, TypeVar, Callable, TypedDict
T = TypeVar("T")
Prices = Dict[str, float]
Rows = list[float]
class Box(Generic[T]):
    item: T
    def __init__(self, item: T) -> None:
        self.item: T = item
class Config(TypedDict):
    n: int
def f(x: Undefined, *a: int, k: Callable[[int], int] = None) -> Nothing:
    y: int = x
    z: int
    return y
result = [f(3), Box(4).item, Config(n=1)["n"]]
""",
        [3, 4, 1],
    ),
    "augmented_assignment_everywhere": (
        """
class C:
    n = 1
    n += 1
    items = [1]
    items += [2]
    def __init__(self):
        self.a = [1]
        self.d = {"k": 1}
    def go(self):
        self.a += [2]
        self.d["k"] *= 5
        self.d["k"] -= 1
        C.n **= 3
c = C(); c.go()
x = [1, 2, 3, 4]
x[1:3] += [9]
x[-1] //= 2
df = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4]})
df["a"] += 1
df.loc[0, "a"] *= 10
df.a -= 1
df.loc[df["b"] > 3, "a"] += 0.5
df.iloc[0, 1] -= 1
arr = np.arange(4)
arr[1:] *= 2
arr[arr > 3] += 100
text = "a"; text += "b"
flags = {1}; flags |= {2}; m = 7; m &= 3; m ^= 1; m <<= 2; m >>= 1; m %= 3
result = [C.n, C.items, c.a, c.d, x, df["a"].tolist(), df["b"].tolist(), arr, text, sorted(flags), m]
""",
        [
            8,
            [1, 2],
            [1, 2],
            {"k": 4},
            [1, 2, 3, 9, 2],
            [19.0, 2.5],
            [2, 4],
            [0, 2, 104, 106],
            "ab",
            [1, 2],
            1,
        ],
    ),
    "unpacking_and_slices": (
        """
(a, (b, *c)), [d, e] = (1, (2, 3, 4)), [5, 6]
first, *middle, last = range(5)
pairs = [(i, v) for i, (v, _) in enumerate([(1, 2), (3, 4)])]
x = list(range(10))
del x[2:5], x[0]
d = {**{"a": 1}, "b": 2}
del d["a"]
y = [*x, *"ab"]
lo = 1 < 2 <= 2 != 3
def f(*args, **kw): return len(args) + len(kw)
result = [a, b, c, d, e, first, middle, last, pairs, y[::-2], lo, f(*x, 1, **d, k=1), {k: v for k, v in zip("ab", [1, 2])},
          {1, 2} == {v % 2 + 1 for v in range(4)}]
""",
        [
            1,
            2,
            [3, 4],
            {"b": 2},
            6,
            0,
            [1, 2, 3],
            4,
            [[0, 1], [1, 3]],
            ["b", 9, 7, 5],
            True,
            9,
            {"a": 1, "b": 2},
            True,
        ],
    ),
}

LIBRARIES: dict[str, tuple[str, object]] = {
    "json": (
        """
import json
text = json.dumps({"b": np.float64(1.5), "a": [1, None]}, sort_keys=True, separators=(",", ":"))
result = [text, json.loads(text)["b"], json.dumps(pd.Timestamp("2026-01-01"), default=str), json.dumps({1, 2}, default=list)]
""",
        ['{"a":[1,null],"b":1.5}', 1.5, '"2026-01-01 00:00:00"', "[1, 2]"],
    ),
    "functional_tools": (
        """
import functools, operator, itertools
from collections import Counter, defaultdict, deque, namedtuple, OrderedDict
from collections.abc import Mapping, Sequence
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
P = namedtuple("P", "x y")
d = defaultdict(list); d["a"].append(1)
q = deque([1, 2, 3], maxlen=2)
result = [fib(30), fib.cache_info().hits > 0, functools.reduce(operator.mul, [1, 2, 3]), functools.partial(pow, 2)(5),
          operator.itemgetter("k")({"k": 3}), operator.attrgetter("x")(P(1, 2)), operator.methodcaller("upper")("a"),
          list(itertools.accumulate([1, 2, 3])), Counter("aab").most_common(1), list(q), dict(d),
          isinstance({}, Mapping), isinstance([], Sequence), P(1, 2)._asdict(), sorted("bA", key=str.lower),
          list(map(str.upper, ["a"]))]
""",
        [
            832040,
            True,
            6,
            32,
            3,
            1,
            "A",
            [1, 3, 6],
            [["a", 2]],
            [2, 3],
            {"a": [1]},
            True,
            True,
            {"x": 1, "y": 2},
            ["A", "b"],
            ["A"],
        ],
    ),
    "small_modules": (
        """
import warnings, copy, bisect, heapq, calendar, random, string
from decimal import Decimal, ROUND_HALF_UP
from fractions import Fraction
from zoneinfo import ZoneInfo
import datetime as dt
import numpy.linalg as la
from pandas.tseries.offsets import BDay
from statistics import NormalDist
warnings.filterwarnings("ignore")
warnings.simplefilter("ignore", category=FutureWarning)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
np.seterr(divide="ignore", invalid="ignore")
random.seed(1); one = random.random(); random.seed(1)
h = [3, 1]; heapq.heapify(h)
nested = {"a": [1]}; other = copy.deepcopy(nested); other["a"].append(2)
result = [str(Decimal("1.005").quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)), str(Fraction(1, 3) + 1), bisect.bisect([1, 3], 2),
          heapq.heappop(h), calendar.monthrange(2024, 2)[1], one == random.random(), string.digits, nested,
          dt.datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata")).utcoffset().total_seconds(), float(la.norm([3, 4])),
          str(pd.Timestamp("2026-01-02") + BDay(1)), round(NormalDist().cdf(0), 3), np.vectorize(lambda x: x + 1)([1, 2])]
""",
        [
            "1.01",
            "4/3",
            1,
            1,
            29,
            True,
            "0123456789",
            {"a": [1]},
            19800.0,
            5.0,
            "2026-01-05 00:00:00",
            0.5,
            [2, 3],
        ],
    ),
    "tables": (
        """
df = get_market_data(bars=100)
df.columns = [c.lower() for c in df.columns]
df["ret"] = df.close.pct_change().fillna(0)
df["up"] = np.where(df["ret"] > 0, 1, -1)
hourly = df.resample("1h").agg({"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"})
g = df.groupby(df.index.minute // 10)["close"].agg(["mean", "std", lambda s: s.max() - s.min()])
named = df.groupby("up").agg(total=("volume", "sum"), top=("high", max))
z = df["close"].rolling(20).apply(lambda w: (w[-1] - w.mean()) / w.std(), raw=True)
m = df.ta.macd()
df.ta.sma(length=5, append=True)
custom = df.apply(lambda row: row["high"] - row["low"], axis=1)
piped = df.pipe(lambda t, n: t.tail(n), 3)
long = df.reset_index().melt(id_vars="opened_at", value_vars=["open", "close"])
result = [len(hourly), list(g.columns[:2]), list(named.columns), bool(z.notna().any()), m.shape[1], "SMA_5" in df.columns,
          float(custom.iloc[0]), len(piped), len(long), df["close"].agg(["min", "max"]).index.tolist(),
          df.select_dtypes("number").shape[1] > 5, (df["close"] > 100).sum().item() > 0, pd.Series.mean(df["close"]) > 99]
""",
        [
            2,
            ["mean", "std"],
            ["total", "top"],
            True,
            3,
            True,
            2.0,
            3,
            200,
            ["min", "max"],
            True,
            True,
            True,
        ],
    ),
    "ta_lib": (
        """
import talib
from talib import abstract
close = get_market_data(bars=60)["close"].to_numpy()
frame = get_market_data(bars=60)
upper, middle, lower = talib.BBANDS(close, timeperiod=5, matype=talib.MA_Type.SMA)
result = [len(talib.RSI(close)), bool((upper >= lower)[10:].all()), len(abstract.RSI(frame, timeperiod=5)),
          len(abstract.Function("sma")(frame))]
""",
        [60, True, 60, 60],
    ),
    "numpy": (
        """
a = np.arange(6.0).reshape(2, 3)
p = np.poly1d(np.polyfit([0, 1, 2], [1, 3, 5], 1))
rng = np.random.default_rng(7)
x = np.array([1, 2], dtype=np.float64)
result = [a.T.shape, np.c_[x, x].shape, np.r_[1:3, 9], round(float(p(3)), 6), rng.normal(size=2).shape,
          x.dtype == np.float64, str(np.dtype("float32")), isinstance(x, np.ndarray), np.hanning(3), np.diag(np.eye(2)),
          np.datetime64("2026-01-01") < np.datetime64("2026-01-02"), np.issubdtype(x.dtype, np.floating),
          np.array(["2026-01-01"], dtype="datetime64[D]").shape, str(x.astype("datetime64[s]").dtype), np.lexsort((x,))]
""",
        [
            [3, 2],
            [2, 2],
            [1, 2, 9],
            7.0,
            [2],
            True,
            "float32",
            True,
            [0.0, 1.0, 0.0],
            [1.0, 1.0],
            True,
            True,
            [1],
            "datetime64[s]",
            [0, 1],
        ],
    ),
}
