# attack: language | replaces a method of a library's class | without language: said
setattr(pd.DataFrame, "mean", lambda self: 0)
log("PLUNDER-LANGUAGE", pd.DataFrame().mean())
