# attack: language | takes a table's renderer of templates | without language: said
found = getattr(pd.DataFrame, "style")
log("PLUNDER-LANGUAGE", str(found)[:20])
