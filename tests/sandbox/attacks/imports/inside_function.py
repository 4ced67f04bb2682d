# attack: language | imports a forbidden module where it is used | without language: said
def fetch():
    import sys
    return sys.modules
log("PLUNDER-LANGUAGE", len(fetch()))
