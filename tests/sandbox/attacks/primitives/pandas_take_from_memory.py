# attack: language | has the C half of pandas take beyond an array | without language: said
found = pd.core.algorithms.take
log("PLUNDER-LANGUAGE", str(found)[:20])
