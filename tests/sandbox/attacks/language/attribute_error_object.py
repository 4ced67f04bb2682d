# attack: language | takes the object out of the error for its missing attribute | without language: said
try:
    log.nothing
except AttributeError as fault:
    log("PLUNDER-LANGUAGE", str(fault.obj)[:20])
