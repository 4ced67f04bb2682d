# attack: language | goes from an indicator to the interpreter | without language: said
names = ta.sma.__globals__
log("PLUNDER-LANGUAGE", str(names["__builtins__"])[:5])
