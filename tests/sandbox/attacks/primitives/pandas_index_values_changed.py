# attack: language | changes an index's numbers behind its hash table | without language: said
index = pd.Index([1, 2, 3])
index._data[0] = 9
log("PLUNDER-LANGUAGE", index[0])
