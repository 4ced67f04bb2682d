# attack: language | hides a method's name in an array | without language: said
found = pd.Series([1.0]).agg(np.array(["__sizeof__"], dtype=object))
log("PLUNDER-LANGUAGE", str(found)[:20])
