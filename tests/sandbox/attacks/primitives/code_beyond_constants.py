# attack: language | has code load a constant that does not exist | without language: said
def first():
    return 1
changed = first.__code__.replace(co_consts=())
log("PLUNDER-LANGUAGE", len(changed.co_consts))
