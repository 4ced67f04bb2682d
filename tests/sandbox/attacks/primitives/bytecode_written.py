# attack: language | writes the instructions of a function | without language: said
def first():
    return 1
code = first.__code__
changed = code.replace(co_code=code.co_code)
log("PLUNDER-LANGUAGE", len(changed.co_code))
