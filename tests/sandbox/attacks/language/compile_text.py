# attack: language | compiles text | without language: said
log("PLUNDER-LANGUAGE", str(compile("1", "x", "eval"))[:20])
