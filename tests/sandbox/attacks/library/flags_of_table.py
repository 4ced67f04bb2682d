# attack: language | reaches a table through its flags | without language: said
log("PLUNDER-LANGUAGE", str(pd.DataFrame().flags._obj))
