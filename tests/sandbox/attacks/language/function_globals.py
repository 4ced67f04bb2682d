# attack: language | reads its own function's global names | without language: said
def first():
    return 1
log("PLUNDER-LANGUAGE", len(first.__globals__))
