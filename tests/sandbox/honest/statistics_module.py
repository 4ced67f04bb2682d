import statistics as st
from math import erf, exp, fsum, log as ln, sqrt

closes = [float(x) for x in get_market_data(timeframe="1d", bars=120)["close"]]
returns = [ln(b / a) for a, b in zip(closes, closes[1:])]
mu, sigma = st.fmean(returns), st.stdev(returns)
skew = fsum((r - mu) ** 3 for r in returns) / len(returns) / st.pstdev(returns) ** 3
quartiles = st.quantiles(returns, n=4)


def black_scholes(s, k, t, r, v):
    d1 = (ln(s / k) + (r + v * v / 2) * t) / (v * sqrt(t))
    cdf = lambda x: (1 + erf(x / sqrt(2))) / 2
    return s * cdf(d1) - k * exp(-r * t) * cdf(d1 - v * sqrt(t))


annual = sigma * sqrt(252)
result = {
    "value": black_scholes(closes[-1], round(closes[-1]), 30 / 365, 0.06, annual),
    "mu": mu, "annual": annual, "skew": skew, "quartiles": quartiles,
    "median": st.median(returns), "mode": st.mode([round(r, 2) for r in returns]),
    "harmonic": st.harmonic_mean(closes[-5:]), "correlation": st.correlation(returns[1:], returns[:-1]),
}
