def compute(data, params):
    out = pd.DataFrame({"value": data["close"].diff()})
    out["computed_at"] = get_timestamp()
    out["seconds"] = get_unix_timestamp()
    return out
