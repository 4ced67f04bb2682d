BARS_PER_YEAR = 26 * 252
df = get_market_data(bars=500)
returns = df["close"].pct_change().dropna()

ewma_var = returns.pow(2).ewm(alpha=1 - 0.94, adjust=False).mean()
annual_vol = float((ewma_var.iloc[-1] * BARS_PER_YEAR) ** 0.5)
target = params.get("target_vol", 0.10)
weight = min(2.0, target / annual_vol)

wins, losses = returns[returns > 0], returns[returns < 0]
p = len(wins) / (len(wins) + len(losses))
payoff = wins.mean() / -losses.mean()
kelly = p - (1 - p) / payoff
continuous = returns.mean() / returns.var()

downside = np.sqrt((np.minimum(returns, 0) ** 2).mean())
var_95, cvar_95 = returns.quantile(0.05), returns[returns <= returns.quantile(0.05)].mean()
equity = (1 + weight * returns).cumprod()
drawdown = equity / equity.cummax() - 1
log("weight {:.3f} kelly {:.2%} maxdd {:.2%}".format(weight, kelly, drawdown.min()))
result = {
    "value": round(weight * max(0.0, kelly), 10),
    "weight": weight, "kelly": kelly, "continuous_kelly": continuous,
    "var": var_95, "cvar": cvar_95, "sortino": returns.mean() / downside,
    "max_drawdown": drawdown.min(), "trough": drawdown.idxmin(),
}
