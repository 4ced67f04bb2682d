# attack: language | declares a guard's name global and assigns it
def swap():
    global _write_
    _write_ = lambda owner: owner
swap()
log("PLUNDER-LANGUAGE")
