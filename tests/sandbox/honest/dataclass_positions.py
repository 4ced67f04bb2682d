from dataclasses import dataclass, field
from typing import List, Optional


@dataclass
class Trade:
    entry: float
    size: int = 1
    exit: Optional[float] = None

    @property
    def pnl(self) -> float:
        return 0.0 if self.exit is None else (self.exit - self.entry) * self.size


@dataclass
class Book:
    cash: float = 10_000.0
    trades: List[Trade] = field(default_factory=list)

    def open(self, price: float) -> None:
        self.trades.append(Trade(entry=price, size=max(int(self.cash // price), 1)))

    def close(self, price: float) -> None:
        trade = self.trades[-1]
        trade.exit = price
        self.cash += trade.pnl


df = get_market_data(bars=300)
fast, slow = df["close"].ewm(span=8).mean(), df["close"].ewm(span=21).mean()
book = Book()
is_open = False
for price, f, s in zip(df["close"], fast, slow):
    if f > s and not is_open:
        book.open(price)
        is_open = True
    elif f < s and is_open:
        book.close(price)
        is_open = False
closed = [t for t in book.trades if t.exit is not None]
emit_signal({
    "value": round(book.cash, 6),
    "trades": len(book.trades),
    "win_rate": sum(t.pnl > 0 for t in closed) / len(closed),
    "first": repr(book.trades[0] == Trade(book.trades[0].entry, book.trades[0].size, book.trades[0].exit)),
})
