# attack: language | evaluates a forbidden attribute in an annotation | without language: said
found = []
def probe(x: found.append(log.__globals__) = 1):
    return x
log("PLUNDER-LANGUAGE" if found else "nothing")
