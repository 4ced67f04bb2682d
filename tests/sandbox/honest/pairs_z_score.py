import math
import statistics

a = get_market_data("BANKNIFTY", bars=300)["close"]
b = get_market_data("NIFTY50", bars=300)["close"]
pair = pd.concat({"a": a, "b": b}, axis=1, join="inner").dropna().apply(np.log)

beta = pair["a"].rolling(60).cov(pair["b"]) / pair["b"].rolling(60).var()
spread = pair["a"] - beta * pair["b"]
z = (spread - spread.rolling(60).mean()) / spread.rolling(60).std()

lagged = spread.shift(1)
valid = lagged.notna() & spread.notna()
fit = statistics.linear_regression(lagged[valid].tolist(), (spread - lagged)[valid].tolist())
half_life = -math.log(2) / fit.slope if fit.slope < 0 else math.inf

last = float(z.iloc[-1])
if last > 2:
    side = "SHORT_SPREAD"
elif last < -2:
    side = "LONG_SPREAD"
else:
    side = "FLAT"
emit_signal({"value": side, "z": last, "beta": beta.iloc[-1], "half_life": half_life,
             "correlation": float(pair["a"].diff().corr(pair["b"].diff()))})
