# attack: language | draws lines of more points than any screen has
closes = get_market_data(bars=5000)["close"]
table = pd.concat([closes] * 100, axis=1)
plot(pd.concat([closes] * 200), name="long")
plot(table.set_axis([f"line {number}" for number in range(100)], axis=1), name="wide")
