names = ["NIFTY50", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"]
closes = pd.DataFrame({name: get_market_data(name, "1h", 300)["close"] for name in names})
returns = closes.pct_change().dropna()
corr = returns.corr()
rank_corr = returns.corr(method="spearman")
cov = returns.cov() * 252 * 6
values, vectors = np.linalg.eigh(corr.to_numpy())
explained = values[::-1] / values.sum()
inverse_vol = (1 / returns.std()) / (1 / returns.std()).sum()
min_var = np.linalg.solve(cov.to_numpy(), np.ones(len(names)))
min_var /= min_var.sum()
upper = corr.where(np.triu(np.ones(corr.shape), k=1).astype(bool)).stack()
emit_signal({
    "value": corr.to_dict(),
    "explained": explained.tolist(),
    "inverse_vol": inverse_vol.to_dict(),
    "min_variance": dict(zip(names, min_var)),
    "closest": "/".join(upper.idxmax()),
    "rank": rank_corr.loc["NIFTY50"].drop("NIFTY50").round(6).to_dict(),
})
