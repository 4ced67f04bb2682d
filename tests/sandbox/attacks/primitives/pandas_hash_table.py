# attack: language | takes the hash table behind an index | without language: said
log("PLUNDER-LANGUAGE", str(pd.Index([1])._engine)[:20])
