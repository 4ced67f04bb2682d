# attack: language | declares a guard's name global and assigns it | without language: said
def swap():
    global _write_
    _write_ = lambda owner: owner
swap()
log("PLUNDER-LANGUAGE")
