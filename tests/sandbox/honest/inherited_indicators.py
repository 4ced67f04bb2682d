from abc import ABC, abstractmethod


class Indicator(ABC):
    name = "indicator"

    def __init__(self, period: int):
        self.period = period
        self.values: list = []

    @abstractmethod
    def _next(self, price: float) -> float: ...

    def update(self, price: float) -> float:
        self.values.append(self._next(price))
        return self.values[-1]

    @property
    def ready(self) -> bool:
        return len(self.values) >= self.period

    def __call__(self, prices):
        return [self.update(p) for p in prices]


class EMA(Indicator):
    name = "ema"

    def _next(self, price):
        if not self.values:
            return price
        k = 2 / (self.period + 1)
        return self.values[-1] + k * (price - self.values[-1])


class DEMA(EMA):
    name = "dema"

    def __init__(self, period):
        super().__init__(period)
        self._inner, self._outer = EMA(period), EMA(period)

    def _next(self, price):
        first = self._inner.update(price)
        return 2 * first - self._outer.update(first)


closes = get_market_data(bars=150)["close"].tolist()
indicators = [EMA(10), DEMA(10), DEMA(20)]
lines = {f"{i.name}{i.period}": i(closes) for i in indicators}
emit_signal({
    "value": {k: v[-1] for k, v in lines.items()},
    "ready": all(i.ready for i in indicators),
    "is_ema": [isinstance(i, EMA) for i in indicators],
})
