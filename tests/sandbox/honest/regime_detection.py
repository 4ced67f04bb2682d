from enum import Enum


class Regime(Enum):
    QUIET = "quiet"
    TREND = "trend"
    STORM = "storm"


df = get_market_data(bars=500)
returns = np.log(df["close"]).diff()
vol = returns.rolling(30).std() * np.sqrt(26 * 252)
strength = (df["close"] - df["close"].shift(30)).abs() / df["close"].diff().abs().rolling(30).sum()


def classify(v, s):
    if v > vol.quantile(0.8):
        return Regime.STORM
    return Regime.TREND if s > 0.3 else Regime.QUIET


regimes = [classify(v, s) for v, s in zip(vol, strength) if not (np.isnan(v) or np.isnan(s))]
counts = {regime.value: regimes.count(regime) for regime in Regime}
changes = sum(1 for a, b in zip(regimes, regimes[1:]) if a is not b)
emit_signal({"value": regimes[-1].value, "name": regimes[-1].name, "counts": counts, "changes": changes})
