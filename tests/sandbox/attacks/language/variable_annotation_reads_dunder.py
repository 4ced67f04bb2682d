# attack: language | evaluates a forbidden attribute in a variable's annotation | without language: said
found = []
class Holder:
    field: found.append(log.__closure__) = 1
log("PLUNDER-LANGUAGE" if found else "nothing")
