# attack: language | formats a private attribute of a library's object | without language: said
log("PLUNDER-LANGUAGE", "{0._mgr}".format(pd.Series([1.0]))[:20])
