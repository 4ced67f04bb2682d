# attack: language | formats its way to the globals of a function
log("{0.__globals__}".format(log))
log("PLUNDER-LANGUAGE")
