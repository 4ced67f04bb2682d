# attack: language | has a resampler look a private name up | without language: said
series = pd.Series([1.0], index=pd.date_range("2026-01-01", periods=1))
found = series.resample("1D").agg("_selected_obj")
log("PLUNDER-LANGUAGE", str(found)[:20])
