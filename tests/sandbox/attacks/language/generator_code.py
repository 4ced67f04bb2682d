# attack: language | reads a generator expression's code | without language: said
steps = (n for n in [1])
log("PLUNDER-LANGUAGE", str(steps.gi_code)[:20])
