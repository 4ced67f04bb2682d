def compute(data, params):
    change = data["close"].pct_change()
    words = np.select([change > 0.02, change < -0.02], ["jump", "drop"], "quiet")
    return pd.DataFrame({"value": words, "change": change})
