# attack: language | goes from a function's closure to the limits it counts | without language: said
held = emit_signal.__closure__[0].cell_contents
held._limits["signals"] = 10 ** 9
log("PLUNDER-LANGUAGE")
