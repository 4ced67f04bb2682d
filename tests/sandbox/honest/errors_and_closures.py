class TooQuiet(Exception):
    pass


def make_counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step


counter = make_counter()
skipped = 0
for price in get_market_data(bars=40)["close"]:
    try:
        if price < 100:
            raise TooQuiet(f"{price:.2f} is below 100")
        counter(by=2)
    except TooQuiet as quiet:
        skipped += 1
        if skipped == 1:
            log(quiet)
    finally:
        total = counter(0)
try:
    1 / 0
except ZeroDivisionError:
    log("caught")
assert total > 0, "some bars are above"
print("seen", total, "skipped", skipped, sep=" ")
(lambda *items, **named: log(len(items), sorted(named)))(*[1, 2], **{"b": 1, "a": 2})
if (rest := total % 7) >= 0:
    emit_signal({"value": total, "rest": rest})
