# attack: language | spells a forbidden attribute at run time | without language: said
name = "_" * 2 + "globals" + "_" * 2
reached = getattr(emit_signal, name)
log("PLUNDER-LANGUAGE", len(reached))
