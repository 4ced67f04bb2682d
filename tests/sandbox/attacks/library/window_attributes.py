# attack: language | reads what a rolling window keeps | without language: said
log("PLUNDER-LANGUAGE", str(pd.Series([1.0]).rolling(1)._selected_obj)[:10])
