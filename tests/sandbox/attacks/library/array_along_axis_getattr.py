# attack: language | has numpy read attributes along an axis | without language: said
table = np.empty((1, 2), dtype=object)
table[0, 0], table[0, 1] = log, "__globals__"
found = np.apply_along_axis(lambda row: len(getattr(row[0], row[1])), 1, table)
log("PLUNDER-LANGUAGE", found[0])
