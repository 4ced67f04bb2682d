def compute(data, params):
    spread = data["high"] - data["low"]
    wide = spread > spread.quantile(0.9)
    return pd.DataFrame({"value": wide.astype(int), "side": np.where(wide, "SELL", "HOLD")})
