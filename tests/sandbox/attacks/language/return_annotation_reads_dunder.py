# attack: language | evaluates a forbidden attribute in a return annotation | without language: said
found = []
def probe() -> found.append(log.__code__):
    return 1
log("PLUNDER-LANGUAGE" if found else "nothing")
