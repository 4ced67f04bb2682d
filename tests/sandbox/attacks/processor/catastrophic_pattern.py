# attack: language | matches a pattern that goes back for ever
texts = pd.Series(["a" * 60 + "b"])
result = bool(texts.str.contains("(a|aa)+$", regex=True)[0])
