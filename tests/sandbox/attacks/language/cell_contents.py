# attack: language | reads what a closure keeps | without language: said
def outer():
    kept = 1
    return lambda: kept
log("PLUNDER-LANGUAGE", outer().__closure__[0].cell_contents)
