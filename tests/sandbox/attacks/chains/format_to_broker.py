# attack: language | formats its way to the guest's conversation | without language: said
text = "{0.__closure__[0].cell_contents.__class__}".format(emit_signal)
log("PLUNDER-LANGUAGE", text[:40])
