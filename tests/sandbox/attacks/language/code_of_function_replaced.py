# attack: language | replaces the code of its own function | without language: said
def first():
    return 1
def second():
    return 2
first.__code__ = second.__code__
log("PLUNDER-LANGUAGE", first())
