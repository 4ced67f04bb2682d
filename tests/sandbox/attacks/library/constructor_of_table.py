# attack: language | reads how a table makes its like | without language: said
log("PLUNDER-LANGUAGE", str(pd.DataFrame()._constructor))
