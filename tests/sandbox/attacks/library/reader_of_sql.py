# attack: language | takes pandas' reader of databases | without language: said
log("PLUNDER-LANGUAGE", str(pd.read_sql)[:20])
