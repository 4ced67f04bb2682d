# attack: language | has a resampler look a name up
series = pd.Series([1.0, 2.0], index=pd.date_range("2026-01-01", periods=2))
series.resample("1D").transform("__class__")
log("PLUNDER-LANGUAGE")
