# attack: language | deletes an attribute of a library's class | without language: said
delattr(pd.DataFrame, "to_string")
log("PLUNDER-LANGUAGE")
