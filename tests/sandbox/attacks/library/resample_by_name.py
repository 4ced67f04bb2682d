# attack: language | has a resampler look a name up in a list
series = pd.Series([1.0], index=pd.date_range("2026-01-01", periods=1))
found = series.resample("1D").agg(["__sizeof__"])
log("PLUNDER-LANGUAGE", str(found)[:20])
