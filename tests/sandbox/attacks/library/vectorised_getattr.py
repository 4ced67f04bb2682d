# attack: language | vectorises the reader of attributes | without language: said
found = np.vectorize(getattr, otypes=[object])([log], ["__code__"])
log("PLUNDER-LANGUAGE", len(found))
