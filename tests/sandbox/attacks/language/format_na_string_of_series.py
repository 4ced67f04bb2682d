# attack: language | has pandas treat a text as a format string | without language: said
text = pd.Series([1]).map("{0.__class__.__mro__}".format)
log("PLUNDER-LANGUAGE", text.iloc[0][:30])
