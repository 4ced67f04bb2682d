# attack: language | evaluates a forbidden attribute in the annotation of a name that is never assigned | without language: said
found = []
field: found.append(log.__defaults__)
log("PLUNDER-LANGUAGE" if found else "nothing")
