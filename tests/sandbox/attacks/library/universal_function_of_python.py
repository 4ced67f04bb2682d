# attack: language | makes a universal function out of a built-in | without language: said
found = np.frompyfunc(getattr, 2, 1)(log, "__code__")
log("PLUNDER-LANGUAGE", str(found)[:20])
