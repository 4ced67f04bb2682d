# attack: language | takes the format method by name | without language: said
log("PLUNDER-LANGUAGE", getattr("{0.__code__}", "for" + "mat")(log)[:30])
