# attack: language | formats its way through items of an attribute | without language: said
text = "{0.__globals__[__name__]}".format(emit_signal)
log("PLUNDER-LANGUAGE", text)
