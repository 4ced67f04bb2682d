# attack: language | takes pandas' reader of the clipboard, which starts programs | without language: said
log("PLUNDER-LANGUAGE", str(pd.read_clipboard)[:20])
