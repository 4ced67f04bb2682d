# attack: language | changes the defaults of its own function | without language: said
def first(value=1):
    return value
first.__defaults__ = (2,)
log("PLUNDER-LANGUAGE", first())
