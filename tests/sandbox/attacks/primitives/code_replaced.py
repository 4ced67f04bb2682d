# attack: language | changes the constants of its own code | without language: said
def first():
    return 1
first.__code__ = first.__code__.replace(co_consts=(None, 2))
log("PLUNDER-LANGUAGE", first())
