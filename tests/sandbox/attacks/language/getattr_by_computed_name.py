# attack: language | spells a forbidden attribute at run time
name = "_" * 2 + "globals" + "_" * 2
reached = getattr(emit_signal, name)
log("PLUNDER-LANGUAGE", len(reached))
