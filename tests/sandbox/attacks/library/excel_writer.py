# attack: language | takes pandas' writer of workbooks | without language: said
log("PLUNDER-LANGUAGE", str(pd.ExcelWriter)[:20])
