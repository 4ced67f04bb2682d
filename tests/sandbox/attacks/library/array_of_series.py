# attack: language | reads the extension array of a series | without language: said
log("PLUNDER-LANGUAGE", str(pd.Series([1.0]).array._ndarray))
