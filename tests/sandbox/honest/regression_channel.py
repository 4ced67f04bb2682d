import numpy as np

WINDOW = 100
df = get_market_data(bars=WINDOW)
x = np.arange(WINDOW)
slope, intercept = np.polyfit(x, df["close"], 1)
fitted = slope * x + intercept
residuals = df["close"].to_numpy() - fitted
sigma = residuals.std(ddof=2)
r_squared = 1 - (residuals**2).sum() / ((df["close"] - df["close"].mean()) ** 2).sum()
curve = np.polyval(np.polyfit(x, df["close"], 2), x)

plot(fitted, "Regression", color="#888888")
plot(fitted + 2 * sigma, "Upper", style="dotted")
plot(fitted - 2 * sigma, "Lower", style="dotted")
z = residuals[-1] / sigma
signal("SELL" if z > 2 else "BUY" if z < -2 else "HOLD", price=df["close"].iloc[-1], reason="z %.2f, r2 %.3f" % (z, r_squared))
emit_signal({"value": z, "slope": slope, "r_squared": r_squared, "curved": float(curve[-1])})
