# attack: language | makes a function out of another one's code | without language: said
def first():
    return 1
made = first.__class__(first.__code__, {})
log("PLUNDER-LANGUAGE", made())
