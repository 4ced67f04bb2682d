# attack: language | gives a series another inside through super | without language: said
series = pd.Series([1.0])
start = getattr(super(pd.Series, series), "__init__")
log("PLUNDER-LANGUAGE", str(start)[:20])
