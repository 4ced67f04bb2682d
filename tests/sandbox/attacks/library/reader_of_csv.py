# attack: language | takes pandas' reader of files | without language: said
log("PLUNDER-LANGUAGE", str(pd.read_csv)[:20])
