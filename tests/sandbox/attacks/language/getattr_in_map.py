# attack: language | has map read forbidden attributes | without language: said
found = list(map(getattr, [log], ["__globals__"]))
log("PLUNDER-LANGUAGE", len(found))
