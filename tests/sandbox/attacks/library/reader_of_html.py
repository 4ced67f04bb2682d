# attack: language | takes pandas' reader of pages | without language: said
log("PLUNDER-LANGUAGE", str(pd.read_html)[:20])
