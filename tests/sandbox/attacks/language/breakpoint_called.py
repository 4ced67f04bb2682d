# attack: language | starts the debugger | without language: said
breakpoint.__self__
log("PLUNDER-LANGUAGE")
