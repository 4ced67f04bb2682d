# attack: language | calls what the class statement calls | without language: said
made = __build_class__(lambda: None, "Made", object)
log("PLUNDER-LANGUAGE", str(made)[:30])
