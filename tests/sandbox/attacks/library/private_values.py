# attack: language | reads the private values of a series | without language: said
log("PLUNDER-LANGUAGE", str(pd.Series([1.0])._values))
