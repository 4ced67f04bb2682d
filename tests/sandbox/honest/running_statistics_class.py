from typing import Optional


class Window:
    capacity: int = 20

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.items: list[float] = []
        self.total = 0.0

    def push(self, item: float) -> float:
        self.items.append(item)
        self.total += item
        if len(self.items) > self.capacity:
            self.total -= self.items.pop(0)
        return self.mean

    @property
    def mean(self) -> float:
        return self.total / len(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Extremes(Window):
    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self.highest: Optional[float] = None

    def push(self, item: float) -> float:
        if self.highest is None or item > self.highest:
            self.highest = item
        return super().push(item)


window = Extremes(5)
for price in get_market_data(bars=50)["close"].tolist():
    mean = window.push(price)
emit_signal({"value": mean, "highest": window.highest, "length": len(window)})
