class Position:
    """Long only, with an entry, a stop and a cool-down."""

    _FLAT, _LONG = "flat", "long"

    def __init__(self, risk=0.02, cooldown=5):
        self._risk = risk
        self._cooldown = cooldown
        self._state = self._FLAT
        self._wait = 0
        self.__entries = []
        self.log = []

    def __len__(self):
        return len(self.__entries)

    def __repr__(self):
        return f"{type(self).__name__ if False else 'Position'}({self._state}, {len(self)})"

    @property
    def is_open(self):
        return self._state == self._LONG

    @staticmethod
    def _signal(fast, slow):
        return fast > slow * 1.0005

    @classmethod
    def careful(cls):
        return cls(risk=0.01)

    def on_bar(self, price, fast, slow):
        if self._wait > 0:
            self._wait -= 1
            return
        handler = {self._FLAT: self._when_flat, self._LONG: self._when_long}[self._state]
        handler(price, fast, slow)

    def _when_flat(self, price, fast, slow):
        if self._signal(fast, slow):
            self._state = self._LONG
            self.__entries.append(price)

    def _when_long(self, price, fast, slow):
        entry = self.__entries[-1]
        if price < entry * (1 - self._risk) or not self._signal(fast, slow):
            self._state, self._wait = self._FLAT, self._cooldown
            self.log.append(round(price / entry - 1, 6))


df = get_market_data(bars=500)
fast, slow = (df["close"].ewm(span=n, adjust=False).mean() for n in (10, 40))
position = Position.careful()
for args in zip(df["close"], fast, slow):
    position.on_bar(*args)
result = {"value": position._state, "open": position.is_open, "trades": len(position), "returns": position.log, "text": repr(position)}
