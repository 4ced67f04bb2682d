# Wilder's relative strength index, 0 to 100, for all bars at once.
# compute() returns one row for every bar; a live run puts out the newest.


def compute(data, params):
    period = params.get("period", 14)
    lower = params.get("lower", 30)
    upper = params.get("upper", 70)

    rsi = ta.rsi(data["close"], length=period).round(2)
    # shift(1) looks one bar back; shift(-1) would look ahead.
    before = rsi.shift(1)

    table = pd.DataFrame({"value": rsi})
    table["side"] = None
    table.loc[(before < lower) & (rsi >= lower), "side"] = "buy"
    table.loc[(before > upper) & (rsi <= upper), "side"] = "sell"

    plot(rsi, "RSI", panel="RSI")
    plot(lower, "lower", panel="RSI", style="dotted")
    plot(upper, "upper", panel="RSI", style="dotted")
    return table
