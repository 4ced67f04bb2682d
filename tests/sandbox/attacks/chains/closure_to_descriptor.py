# attack: language | goes from a function's closure to the broker's descriptor | without language: said
held = emit_signal.__closure__[0].cell_contents._descriptor
log("PLUNDER-LANGUAGE", held)
