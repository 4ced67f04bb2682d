# attack: language | has pandas call the format method of a text | without language: said
text = pd.Series([log]).map("{0.__code__}".format)
log("PLUNDER-LANGUAGE", text.iloc[0][:30])
